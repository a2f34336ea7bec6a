"""The operations of a store as scripts that Redis runs, each as a whole.

A state key is a hash with the fields of a scope as JSON, its stamp, and its counters, whose names
begin with ``#``. A leases key is a sorted set of leases by their end, and a tenants key one of
tenants by their last use. All have the life of all state in their names, so that a reset of
everybody leaves them to expire.
"""

from __future__ import annotations

BEGIN = """
local prefix, expiry = KEYS[1], tonumber(KEYS[2])
local life = redis.call('GET', prefix .. 'life') or ''
local everybody = prefix .. 'state:' .. life .. ':'
local own, leases = everybody .. ARGV[1], prefix .. 'leases:' .. life .. ':' .. ARGV[1]
local tenants = prefix .. 'tenants:' .. life
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
"""
"""The beginning of each script."""

READ = """
for _, key in ipairs({prefix .. 'life', everybody, own}) do
  redis.call('EXPIRE', key, expiry)
end
if ARGV[1] ~= '' then
  redis.call('ZADD', tenants, now, ARGV[1])
  redis.call('ZREMRANGEBYRANK', tenants, 0, -ARGV[4] - 1)
  redis.call('EXPIRE', tenants, expiry)
end
local first = life .. ' ' .. (redis.call('HGET', everybody, 'stamp') or '')
local second = redis.call('HGET', own, 'stamp') or ''
if first == ARGV[2] and second == ARGV[3] then return 0 end
return {first, second, life, redis.call('HGETALL', everybody), redis.call('HGETALL', own)}
"""
"""Arguments: tenant, the two parts of the known stamp, and how many tenants are kept."""

TENANTS = """
return {redis.call('ZCARD', tenants), redis.call('ZREVRANGE', tenants, 0, ARGV[2] - 1)}
"""
"""Arguments: no tenant, and how many are wanted."""

WRITE = """
if ARGV[2] ~= 'any' and ARGV[2] ~= (redis.call('HGET', own, 'stamp') or '') then return 0 end
for i = 4, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', own, ARGV[i])
  else
    redis.call('HSET', own, ARGV[i], ARGV[i + 1])
  end
end
redis.call('HSET', own, 'stamp', ARGV[3])
redis.call('EXPIRE', own, expiry)
return 1
"""
"""Arguments: tenant, expected stamp, new stamp, and fields with their values."""

RESET = """
if ARGV[1] == '' then
  redis.call('SET', prefix .. 'life', ARGV[2], 'EX', expiry)
else
  redis.call('DEL', own, leases)
  redis.call('HSET', own, 'stamp', ARGV[2], 'life', '"' .. ARGV[2] .. '"')
  redis.call('EXPIRE', own, expiry)
end
return 1
"""
"""Arguments: tenant, and a new stamp."""

ADD = """
local field, amount, most = '#' .. ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local seconds, epoch = tonumber(ARGV[5]), ARGV[6]
local value, till, stored = 0, 0, epoch
local text = redis.call('HGET', own, field)
if text then
  value, till, stored = string.match(text, '(%S+) (%S+) (%S+)')
  value, till = tonumber(value), tonumber(till)
end
local granted = amount <= 0 or not most
if amount < 0 and stored ~= epoch then
  amount, granted = 0, false
elseif stored ~= epoch or (till > 0 and till <= now) then
  value, till = 0, 0
end
granted = granted or (amount > 0 and value + amount <= most)
if granted and amount ~= 0 then
  value = math.max(0, value + amount)
  if till == 0 and seconds > 0 then till = now + seconds end
  redis.call('HSET', own, field, string.format('%.0f %.6f %s', value, till, epoch))
  redis.call('EXPIRE', own, expiry)
end
local left = till > 0 and till - now or 0
return {granted and 1 or 0, string.format('%.0f', value), string.format('%.6f', left)}
"""
"""Arguments: tenant, and the counter with the amount after its name."""

ENTER = """
redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
local inside, is_renewal = redis.call('ZCARD', leases), redis.call('ZSCORE', leases, ARGV[2])
if not is_renewal and inside >= tonumber(ARGV[3]) then return {0, inside} end
redis.call('ZADD', leases, now + ARGV[4], ARGV[2])
redis.call('EXPIRE', leases, expiry)
return {1, redis.call('ZCARD', leases)}
"""
"""Arguments: tenant, lease, most, seconds."""

LEAVE = """
return redis.call('ZREM', leases, ARGV[2])
"""
"""Arguments: tenant, lease."""

ALL = (READ, TENANTS, WRITE, RESET, ADD, ENTER, LEAVE)
