-- One order after the other by its id: for wrk, as GET /v1/orders/{id} takes them. Arguments: the key, a file with an id in
-- each line, and the milliseconds that a connection thinks between an answer and its next request.

local ids = {}

function init(arguments)
    local key, path = arguments[1], arguments[2]
    think = tonumber(arguments[3])
    for id in io.lines(path) do ids[#ids + 1] = id end
    headers = { ["Authorization"] = "Bearer " .. key }
end

function delay()
    return think > 0 and math.random(0, 2 * think) or 0
end

function request()
    return wrk.format("GET", "/v1/orders/" .. ids[math.random(1, #ids)], headers)
end

-- The first answers that are none: said to whoever looks at why.
local refusals = 0

function response(status, _, body)
    if status >= 300 and refusals < 3 then
        refusals = refusals + 1
        io.stderr:write(status .. " " .. body .. "\n")
    end
end

function done(summary, latency)
    io.write(string.format("LATENCY p50 %d p99 %d max %d\n", latency:percentile(50), latency:percentile(99), latency.max))
end
