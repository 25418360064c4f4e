-- SPDX-License-Identifier: Apache-2.0
-- For wrk: sends the bodies in the file BODIES, one a line, in turn; or GET when there is none. Says at the end, as one
-- line of JSON, what it found.

local requests = {}
local next_request = 0

function init(arguments)
    local file = os.getenv("BODIES")
    if file then
        for body in io.lines(file) do
            local headers = {["Content-Type"] = "application/json"}
            requests[#requests + 1] = wrk.format("POST", nil, headers, body)
        end
    else
        requests[1] = wrk.format("GET")
    end
end

function request()
    next_request = next_request % #requests + 1
    return requests[next_request]
end

function done(summary, latency, rates)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests":%d,"microseconds":%d,"status":%d,"socket":%d,"timeout":%d,' ..
        '"p50":%d,"p95":%d,"p99":%d,"max":%d}\n',
        summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write, errors.timeout,
        latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.max))
end
