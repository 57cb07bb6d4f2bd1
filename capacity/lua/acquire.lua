-- Takes a slot for a call, or says why not.
-- KEYS  1 all slots, 2 the organization's slots, 3 the token that says the sets are whole
-- ARGV  1 call id, 2 limit of the platform, 3 limit of the organization
-- Gives {verdict, slots of all, slots of the organization, token}
--       verdict 0 cold, 1 granted, 2 refused by the platform's limit, 3 by the organization's
local token = redis.call('GET', KEYS[3])
if not token then
  return {0, 0, 0, ''}
end
local all = redis.call('ZCARD', KEYS[1])
local own = redis.call('ZCARD', KEYS[2])
local full = 1
if all >= tonumber(ARGV[2]) then
  full = 2
elseif own >= tonumber(ARGV[3]) then
  full = 3
end
-- Asking again for a slot that the call has is no second slot.
if full ~= 1 and not redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  return {full, all, own, token}
end
local now = redis.call('TIME')[1]
all = all + redis.call('ZADD', KEYS[1], now, ARGV[1])
own = own + redis.call('ZADD', KEYS[2], now, ARGV[1])
return {1, all, own, token}
