-- Registrations of ever new people, each with its own key; in turn for each of so many gatherings, `{n}` in the path.
dofile(os.getenv("BENCH_LUA") .. "/counting.lua")

local run = os.getenv("BENCH_RUN")
local path = os.getenv("BENCH_PATH")
local gatherings = tonumber(os.getenv("BENCH_GATHERINGS"))
local people = tonumber(os.getenv("BENCH_PEOPLE")) -- 0: until the time is over
local part, mode = os.getenv("BENCH_PART"), os.getenv("BENCH_MODE")
local headers = { ["Content-Type"] = "application/json", ["Prefer"] = os.getenv("BENCH_PREFER") }
local number = -1 -- wrk asks for one request that it never sends

function request()
  if number == people and people > 0 then
    run_dry()
  else
    number = number + 1
  end
  local name = run .. "-" .. number
  local body = string.format(
    '{"attendee": {"name": "Person %s", "email": "p-%s@example.org", "organisation": "Cluster", "country": "FR", ' ..
    '"language": "en"}, "delegation": null, "membership_code": null, "invitation": null, ' ..
    '"parts": [{"part": "%s", "mode": "%s"}], "answers": {}, "consents": {"privacy": true}}', name, name, part, mode)
  headers["Idempotency-Key"] = "bench-key-of-" .. name
  return wrk.format("POST", (path:gsub("{n}", number % gatherings)), headers, body)
end
