-- Gives slots back. The second time it finds nothing.
-- KEYS  1 all slots, then for each call its organization's slots
-- ARGV  the call ids, in the order of the keys
-- Gives how many of them had a slot
local freed = 0
for i, call in ipairs(ARGV) do
  redis.call('ZREM', KEYS[i + 1], call)
  freed = freed + redis.call('ZREM', KEYS[1], call)
end
return freed
