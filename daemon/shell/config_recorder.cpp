// [recorder]: the flight recorder.
#include "daemon/shell/config_parts.hpp"

namespace hall::config {

void read_recorder(Section& top, Draft& draft) {
    auto recorder = top.table("recorder");
    if (!recorder) return;
    RecorderConfig& target = draft.site.recorder;
    recorder->flag("enabled", target.enabled);
    int size = static_cast<int>(target.bytes >> 20U);
    recorder->integer("size", size, {8, 4096}, "MiB");
    target.bytes = static_cast<std::uint64_t>(size) << 20U;
    recorder->finish();
}

}  // namespace hall::config
