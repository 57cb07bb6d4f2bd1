-- Gives slots to calls that the database knows as active. Asks no limit: it restores.
-- KEYS  1 all slots, then for each call its organization's slots
-- ARGV  the call ids, in the order of the keys
-- Gives how many of them had no slot before
local now = redis.call('TIME')[1]
local added = 0
for i, call in ipairs(ARGV) do
  added = added + redis.call('ZADD', KEYS[1], 'NX', now, call)
  redis.call('ZADD', KEYS[i + 1], 'NX', now, call)
end
return added
