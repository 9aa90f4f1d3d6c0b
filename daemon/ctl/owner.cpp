#include "daemon/ctl/owner.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ctl/ctl.hpp"

namespace hall::ctl {

void become_owner(const std::filesystem::path& state) {
    struct stat s {};
    if (::geteuid() != 0 || ::stat(state.c_str(), &s) != 0 || s.st_uid == 0) return;
    const passwd* owner = ::getpwuid(s.st_uid);
    const int groups =
        owner != nullptr ? ::initgroups(owner->pw_name, s.st_gid) : ::setgroups(0, nullptr);
    if (groups != 0 || ::setgid(s.st_gid) != 0 || ::setuid(s.st_uid) != 0)
        throw UsageError("cannot work as the owner of " + state.string());
}

}  // namespace hall::ctl
