-- Registrations of ever new people, each with its own key; at the end one line of JSON with what came back.
local prefer = os.getenv("BENCH_PREFER") or "wait=5"
local run = os.getenv("BENCH_RUN") or "0"
local threads, counter = {}, 0

function setup(thread)
  counter = counter + 1
  thread:set("id", counter)
  table.insert(threads, thread)
end

function init(_)
  number = 0
  statuses = ""
  decided, accepted, failed = 0, 0, 0
end

function request()
  number = number + 1
  local name = string.format("%s-%d-%d", run, id, number)
  local body = string.format(
    '{"attendee": {"name": "Person %s", "email": "p-%s@example.org", "organisation": "Cluster", "country": "FR", ' ..
    '"language": "en"}, "delegation": null, "membership_code": null, "invitation": null, ' ..
    '"parts": [{"part": "talk", "mode": "remote"}], "answers": {}, "consents": {"privacy": true}}', name, name)
  local headers = {
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = "bench-key-of-" .. name,
    ["Prefer"] = prefer,
  }
  return wrk.format("POST", nil, headers, body)
end

function response(status, _, _)
  if status == 200 or status == 201 then
    decided = decided + 1
  elseif status == 202 then
    accepted = accepted + 1
  else
    failed = failed + 1
  end
end

function done(summary, latency, _)
  local total = { decided = 0, accepted = 0, failed = 0 }
  for _, thread in ipairs(threads) do
    for name, count in pairs(total) do
      total[name] = count + thread:get(name)
    end
  end
  io.write(string.format(
    '\nRESULT {"seconds": %.3f, "requests": %d, "decided": %d, "accepted": %d, "failed": %d, "errors": %d, ' ..
    '"p50_ms": %.2f, "p99_ms": %.2f}\n',
    summary.duration / 1e6, summary.requests, total.decided, total.accepted, total.failed,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
