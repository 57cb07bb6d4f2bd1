-- Counts the slots of organizations, many in one round trip.
-- KEYS  the organizations' slots
-- Gives the number of slots of each
local sizes = {}
for i = 1, #KEYS do
  sizes[i] = redis.call('ZCARD', KEYS[i])
end
return sizes
