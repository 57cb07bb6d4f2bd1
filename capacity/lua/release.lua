-- Gives slots back. The second time it finds nothing.
-- KEYS  1 the token, 2 all slots, then for each call its organization's slots
-- ARGV  1 generation that the keys are of, then the call ids in the order of the keys
-- Gives how many of them had a slot, or the token that is there instead
local token = redis.call('GET', KEYS[1]) or ''
if string.sub(token, 1, #ARGV[1]) ~= ARGV[1] then
  return token
end
local freed = 0
for i = 2, #ARGV do
  redis.call('ZREM', KEYS[i + 1], ARGV[i])
  freed = freed + redis.call('ZREM', KEYS[2], ARGV[i])
end
return freed
