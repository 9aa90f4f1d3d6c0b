#include "drivers/sim/sim.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/panel/assets.hpp"
#include "drivers/sim/hall_json.hpp"
#include "drivers/sim/template_file.hpp"

namespace hall::sim {

namespace {

/// A button is pressed at people's pace, however fast the plant runs.
constexpr double kPressMs = 300;

std::vector<Board> boards_of(const SiteConfig& site, const std::filesystem::path& templates) {
    std::vector<Board> boards;
    for (const DeviceUse& device : site.devices) {
        if (site.buses.at(device.bus).gpio) {
            // The virtual hall is on the other side of a bus; the controller's own lines it cannot
            // pull. What hangs on them is there, and nobody reaches it.
            boards.emplace_back(device.id, device.bus, device.unit,
                                BoardSpec{{{"out", Table::coil}, {"in", Table::discrete}}, {}});
            continue;
        }
        boards.emplace_back(device.id, device.bus, device.unit,
                            read_template(templates / (device.template_name + ".toml")));
    }
    return boards;
}

std::vector<std::string> bus_ids_of(const SiteConfig& site) {
    std::vector<std::string> ids;
    for (const auto& bus : site.buses) ids.push_back(bus.id);
    return ids;
}

HttpReply refuse(int status, const std::string& why) {
    return {status, "application/json; charset=utf-8",
            nlohmann::json{{"error", why}}.dump(-1, ' ', false,
                                                nlohmann::json::error_handler_t::replace)};
}

/// The number after `since=`; 0 without one; none: no number.
std::optional<std::uint64_t> since_of(std::string_view query) {
    constexpr std::string_view kKey = "since=";
    if (query.empty()) return 0;
    if (!query.starts_with(kKey)) return std::nullopt;
    query.remove_prefix(kKey.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(query.data(), query.data() + query.size(), number);
    if (error != std::errc{} || end != query.data() + query.size()) return std::nullopt;
    return number;
}

}  // namespace

Sim::Sim(boost::asio::io_context& io, const SiteConfig& site, const SimOptions& options)
    : speed_(options.speed),
      start_(std::chrono::steady_clock::now()),
      trace_(options.speed),
      plant_(site, boards_of(site, options.templates), trace_,
             {options.seed, Instant{std::llround(kPressMs * options.speed)}}),
      wires_(plant_, bus_ids_of(site), options.seed),
      hall_(hall_json(site)),
      bus_ids_(bus_ids_of(site)),
      timer_(io) {
    plant_.describe(things_);
    wires_.describe(things_, trace_);
    wires_.set_clock([this] { return instant(); });
    wires_.on_bus_changed([this](std::size_t bus) {
        if (tcp_.at(bus)) tcp_[bus]->quality_changed();
    });
    wires_.on_served([this] { arm(); });
    open_buses(io, site);
    http_.emplace(io, options.http_port, [this](const HttpRequest& r) { return answer(r); });
}

Sim::~Sim() = default;

void Sim::open_buses(boost::asio::io_context& io, const SiteConfig& site) {
    for (std::size_t i = 0; i < site.buses.size(); ++i) {
        const auto& bus = site.buses[i];
        tcp_.push_back(nullptr);
        rtu_.push_back(nullptr);
        if (bus.gpio) continue;
        try {
            if (bus.host.empty()) {
                rtu_.back() = std::make_unique<RtuSlave>(io, bus.path, i, wires_);
            } else {
                tcp_.back() = std::make_unique<TcpSlave>(io, bus.host, bus.port, i, wires_);
            }
        } catch (const std::runtime_error& error) {
            throw std::runtime_error("bus \"" + bus.id + "\": " + error.what());
        }
    }
}

std::string Sim::http_address() const {
    return "http://127.0.0.1:" + std::to_string(http_->port());
}

std::vector<std::pair<std::string, std::string>> Sim::bus_addresses() const {
    std::vector<std::pair<std::string, std::string>> list;
    for (std::size_t i = 0; i < bus_ids_.size(); ++i) {
        if (tcp_[i] == nullptr && rtu_[i] == nullptr) continue;  // a GPIO chip
        list.emplace_back(bus_ids_[i], tcp_[i] ? tcp_[i]->address() : rtu_[i]->address());
    }
    return list;
}

Instant Sim::instant() {
    const auto real = std::chrono::steady_clock::now() - start_;
    trace_.set_epoch(std::chrono::system_clock::now() -
                     std::chrono::duration_cast<std::chrono::system_clock::duration>(real));
    const double ms = std::chrono::duration<double, std::milli>(real).count() * speed_;
    return Instant{static_cast<std::int64_t>(ms)};
}

void Sim::arm() {
    const auto next = plant_.next_deadline();
    if (!next) {
        timer_.cancel();
        waiting_ = false;
        return;
    }
    // Rounded up: a timer that comes early would only be set again.
    const double real_ms = std::ceil(static_cast<double>(next->count()) / speed_ + 0.5);
    const auto at = start_ + std::chrono::milliseconds{static_cast<std::int64_t>(real_ms)};
    if (at == timer_.expiry() && waiting_) return;
    waiting_ = true;
    timer_.expires_at(at);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        waiting_ = false;
        plant_.advance(instant());
        arm();
    });
}

HttpReply Sim::answer(const HttpRequest& request) {
    const std::string_view target(request.target);
    const std::size_t mark = target.find('?');
    const std::string_view path = target.substr(0, mark);
    const std::string_view query =
        mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
    plant_.advance(instant());
    if (path == "/set") {
        if (request.method != "POST") return refuse(405, "/set wants a POST");
        return post_set(request.body);
    }
    if (request.method != "GET" && request.method != "HEAD")
        return refuse(405, std::string(path) + " wants a GET");
    if (path == "/state") return {.body = things_.state_json()};
    if (path == "/hall") return {.body = hall_};
    if (path == "/trace") {
        const auto since = since_of(query);
        if (!since) return refuse(400, "use /trace?since=<number of the last entry you have>");
        return {.body = trace_.json(*since)};
    }
    if (const panel::Asset* asset = panel::find_asset(path))
        return {200, std::string(asset->type), std::string(asset->body)};
    return refuse(404, "unknown path; known: /, /state, /set, /trace, /hall");
}

HttpReply Sim::post_set(const std::string& body) {
    const SetResult result = things_.set_json(body);
    if (!result.done) return refuse(400, result.why);
    arm();
    return {.body = things_.state_json()};
}

}  // namespace hall::sim
