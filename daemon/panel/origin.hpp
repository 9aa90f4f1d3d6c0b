#pragma once
// Who may talk to the panel: a browser must have asked for us by a name that is ours (a rebound DNS
// name is not), and a page that posts must be our own page (a foreign site's is not).
#include <string>
#include <string_view>
#include <vector>

namespace hall::panel {

class HostCheck {
  public:
    /// @param listen   the configured listen address; a wildcard (`0.0.0.0`, `::`) is nobody's name
    /// @param allowed  further names, `name` (on our port, or without any) or `name:port` (exactly)
    HostCheck(const std::string& listen, const std::vector<std::string>& allowed);

    /// @param host   the Host header
    /// @param local  the address at which this connection arrived; an address cannot be rebound
    /// @param port   the port at which it arrived
    [[nodiscard]] bool allowed(std::string_view host, const std::string& local, int port) const;

  private:
    struct Name {
        std::string host;
        int port = 0;  ///< 0: none given
    };
    std::vector<std::string> ours_;
    std::vector<Name> further_;
};

/// Whether an Origin header names the site that the Host header names. `null` never does.
bool same_site(std::string_view origin, std::string_view host);

}  // namespace hall::panel
