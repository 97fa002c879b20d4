#include "cache/redis/scripts.hpp"

namespace netherlink::cache::redis {
namespace scripts {

// Of a list of "<seq>:<bytes>". Where its seqs do not follow each other what is before is out of reach: places are
// counted from the end. ARGV: first and last seq, entries that count. Fewer than asked for, or others: not kept.
const Script range{0, R"(
local tail = redis.call('LINDEX', KEYS[1], -1)
if not tail then return false end
local last = string.match(tail, '^%d+')
local from, to = ARGV[1] - last - 1, ARGV[2] - last - 1
if to > -1 or from < -ARGV[3] then return false end
return redis.call('LRANGE', KEYS[1], from, to)
)"};

// ARGV: seq, entry.
const Script replace{1, R"(
local tail = redis.call('LINDEX', KEYS[1], -1)
if not tail then return 0 end
local at = ARGV[1] - string.match(tail, '^%d+') - 1
if at > -1 then return 0 end
local entry = redis.call('LINDEX', KEYS[1], at)
if not entry or string.match(entry, '^%d+') ~= ARGV[1] then return 0 end
redis.call('LSET', KEYS[1], at, ARGV[2])
return 1
)"};

// "<tokens> <seconds>" when they were counted. ARGV: burst, tokens a second, tokens taken. The debt of replicas that
// gave out the same tokens is paid back, up to a bound. Answers what is left.
const Script debit{2, R"(
local burst, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local tokens = burst
local state = redis.call('GET', KEYS[1])
if state then
  local kept, at = string.match(state, '^(%S+) (%S+)$')
  tokens = math.min(burst, kept + math.max(0, now - at) * rate)
end
tokens = math.max(tokens - ARGV[3], -4 * burst)
local ttl = 3600000
if rate > 0 then ttl = math.min(86400000, math.ceil((burst - tokens) / rate * 1000) + 1000) end
redis.call('SET', KEYS[1], string.format('%.6f %.6f', tokens, now), 'PX', ttl)
return string.format('%.6f', tokens)
)"};

// An empty value is a tombstone. ARGV: value, time to live in ms.
const Script put{3, R"(
if redis.call('GET', KEYS[1]) == '' then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
)"};

// Replicas by the time at which their lease runs out. ARGV: replica, lease in ms, 1: even if it had run out, the
// replica that it was before or ''. Answers whether it had not run out, and who is alive.
const Script heartbeat{4, R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local held = redis.call('ZSCORE', KEYS[1], ARGV[1])
if held or ARGV[3] == '1' then
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], 3600000)
end
if ARGV[4] ~= '' then redis.call('ZREM', KEYS[1], ARGV[4]) end
return {held and 1 or 0, redis.call('ZRANGE', KEYS[1], 0, -1)}
)"};

// Who has a socket where. KEYS[1]: the common beginning of all keys, which share one slot. Behind it: ":a" replicas by
// the time at which their lease runs out; ":u:<user>" the replicas of a user; ":r:<replica>" the users of a replica.
// ARGV: what (enter, leave, look), replica, users. Answers 0 if the replica has no lease, else the users who had no
// other replica that is alive (look: those who have any).
const Script presence_change{5, R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local what, me, leases = ARGV[1], ARGV[2], KEYS[1] .. ':a'
if what ~= 'look' and not redis.call('ZSCORE', leases, me) then return 0 end
local known, found = {}, {}
local function alive(replica)
  if known[replica] == nil then
    local until_ms = redis.call('ZSCORE', leases, replica)
    known[replica] = until_ms and tonumber(until_ms) > now or false
  end
  return known[replica]
end
for i = 3, #ARGV do
  local user, other = KEYS[1] .. ':u:' .. ARGV[i], false
  for _, replica in ipairs(redis.call('SMEMBERS', user)) do
    if (what == 'look' or replica ~= me) and alive(replica) then other = true break end
  end
  if what == 'enter' then
    redis.call('SADD', user, me)
    redis.call('SADD', KEYS[1] .. ':r:' .. me, ARGV[i])
  elseif what == 'leave' then
    redis.call('SREM', user, me)
    redis.call('SREM', KEYS[1] .. ':r:' .. me, ARGV[i])
  end
  if other == (what == 'look') then found[#found + 1] = ARGV[i] end
end
return found
)"};

// Renews the lease of a replica, and takes over users of one whose lease is over. ARGV: replica, lease in ms, 1: even
// if it has none, most users to take (0: nobody is taken over). What was taken stands in ":g:<replica>" until the
// replica calls again: if it dies before that, whoever takes it over gets them too. Answers 0 if it has no lease, else
// the users who have no replica that is alive.
const Script presence_sweep{6, R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local me, most, leases = ARGV[1], tonumber(ARGV[4]), KEYS[1] .. ':a'
if ARGV[3] ~= '1' and not redis.call('ZSCORE', leases, me) then return 0 end
redis.call('ZADD', leases, now + ARGV[2], me)
local mine, gone = KEYS[1] .. ':g:' .. me, {}
redis.call('DEL', mine)
if most == 0 then return gone end
local function alive(replica)
  local until_ms = redis.call('ZSCORE', leases, replica)
  return until_ms and tonumber(until_ms) > now
end
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 10)) do
  local left = false
  for _, list in ipairs({KEYS[1] .. ':g:' .. dead, KEYS[1] .. ':r:' .. dead}) do
    for _, id in ipairs(redis.call('SPOP', list, math.max(most - #gone, 0))) do
      local user, other = KEYS[1] .. ':u:' .. id, false
      redis.call('SREM', user, dead)
      for _, replica in ipairs(redis.call('SMEMBERS', user)) do
        if alive(replica) then other = true break end
      end
      if not other then
        gone[#gone + 1] = id
        redis.call('SADD', mine, id)
      end
    end
    if redis.call('EXISTS', list) == 1 then left = true end
  end
  if not left then redis.call('ZREM', leases, dead) end
end
return gone
)"};

}  // namespace scripts

const std::array<const Script*, script_count> all_scripts{
    &scripts::range,     &scripts::replace,         &scripts::debit,         &scripts::put,
    &scripts::heartbeat, &scripts::presence_change, &scripts::presence_sweep};

}  // namespace netherlink::cache::redis
