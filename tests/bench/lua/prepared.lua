-- Requests that were written beforehand, one a line: path, token, key and body, with tabs between.
dofile(os.getenv("BENCH_LUA") .. "/counting.lua")

local requests = {}
for line in io.lines(os.getenv("BENCH_FILE")) do
  table.insert(requests, line)
end
local number = 0
local headers = { ["Content-Type"] = "application/json", ["Prefer"] = "wait=5" }

function request()
  if number == #requests then
    run_dry()
  else
    number = number + 1
  end
  local path, token, key, body = requests[number]:match("([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)")
  headers["Authorization"] = "Bearer " .. token
  headers["Idempotency-Key"] = key
  return wrk.format("POST", path, headers, body)
end
