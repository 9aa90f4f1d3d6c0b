#pragma once
// Whether a PC's network address answers (R8, an additional condition): a TCP connection is tried
// again and again, without blocking the loop.
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace hall::drivers {

struct ReachSettings {
    std::string host;  ///< address or name
    int port = 0;
    std::chrono::milliseconds every{2'000};    ///< from one verdict to the next try
    std::chrono::milliseconds timeout{1'000};  ///< a PC in the same building answers within this
};

class ReachProbe {
  public:
    /// True: something answered, and be it with a refusal (a machine that refuses runs). False:
    /// nothing answered, or the network says that no such host is there. None: it could not be
    /// tried (our own network is down, the name is not known); that says nothing about the PC.
    using Report = std::function<void(std::optional<bool>)>;

    /// Starts at once. `report` is called on the loop's thread after each try.
    ReachProbe(boost::asio::io_context& io, ReachSettings settings, Report report);
    /// No report comes any more.
    ~ReachProbe();
    ReachProbe(const ReachProbe&) = delete;
    ReachProbe& operator=(const ReachProbe&) = delete;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace hall::drivers
