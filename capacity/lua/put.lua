-- Gives slots to calls that the database knows as active. Asks no limit: it restores.
-- KEYS  1 the token, 2 all slots, then for each call its organization's slots
-- ARGV  1 generation that the keys are of (empty: one that is not open yet), then the
--       call ids in the order of the keys
-- Gives how many of them had no slot before, or the token that is there instead
local token = redis.call('GET', KEYS[1]) or ''
if string.sub(token, 1, #ARGV[1]) ~= ARGV[1] then
  return token
end
local now = redis.call('TIME')[1]
local added = 0
for i = 2, #ARGV do
  local new = redis.call('ZADD', KEYS[2], 'NX', now, ARGV[i])
  local own = redis.call('ZADD', KEYS[i + 1], 'NX', now, ARGV[i])
  added = added + math.max(new, own)
end
return added
