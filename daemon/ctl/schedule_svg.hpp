#pragma once
// A year at a glance: days across, hours of the local clock down.
#include <string>
#include <vector>

#include "daemon/core/preview.hpp"
#include "daemon/shell/site.hpp"

namespace hall::ctl {

/// An SVG document, with all texts in the hall's language.
std::string year_svg(const SiteConfig& site, const std::vector<PreviewDay>& days);

}  // namespace hall::ctl
