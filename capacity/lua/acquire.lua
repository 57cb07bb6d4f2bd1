-- Takes a slot for a call, or says why not.
-- KEYS  1 the token, 2 all slots, 3 the organization's slots
-- ARGV  1 token that the keys are of, 2 call id, 3 limit of the platform, 4 limit of the organization
-- Gives 1 if it is granted; {limit, slots of all, slots of the organization} if it is refused by
--       limit 2, the platform's, or 3, the organization's; or the token that is there instead,
--       empty if the sets are cold
local token = redis.call('GET', KEYS[1])
if token ~= ARGV[1] then
  return token or ''
end
local all = redis.call('ZCARD', KEYS[2])
local own = redis.call('ZCARD', KEYS[3])
local full = 1
if all >= tonumber(ARGV[3]) then
  full = 2
elseif own >= tonumber(ARGV[4]) then
  full = 3
end
-- Asking again for a slot that the call has is no second slot.
if full ~= 1 and not redis.call('ZSCORE', KEYS[3], ARGV[2]) then
  return {full, all, own}
end
local now = redis.call('TIME')[1]
redis.call('ZADD', KEYS[2], now, ARGV[2])
redis.call('ZADD', KEYS[3], now, ARGV[2])
return 1
