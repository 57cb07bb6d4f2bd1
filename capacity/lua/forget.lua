-- Deletes keys of a generation unless it is the one in use.
-- KEYS  1 the token, then the keys
-- ARGV  1 the generation
local token = redis.call('GET', KEYS[1]) or ''
if string.sub(token, 1, #ARGV[1]) == ARGV[1] then
  return 0
end
for i = 2, #KEYS do
  redis.call('UNLINK', KEYS[i])
end
return #KEYS - 1
