#include "daemon/core/posts.hpp"

#include <algorithm>

#include "daemon/core/hours.hpp"

namespace hall {

namespace {

const PostConfig* post_of(const HallConfig& config, const std::string& id) {
    const auto found = std::find_if(config.posts.begin(), config.posts.end(),
                                    [&](const PostConfig& p) { return p.id == id; });
    return found == config.posts.end() ? nullptr : &*found;
}

bool within_hours(const Turn& turn) {
    const auto today = hours_of_day(turn.config, turn.now.wall);
    return today && turn.now.wall >= today->opens && turn.now.wall < today->closes;
}

/// The post that a request names, and that this person belongs to. None: answered already.
const PostConfig* allowed(Turn& turn, RequestId request, const std::string& id,
                          const PersonId& person) {
    const PostConfig* post = post_of(turn.config, id);
    if (post == nullptr) {
        turn.malformed(request, "unknown_post", {{"post", id}});
        return nullptr;
    }
    if (role_of(*post, person) == Responsible::none) {
        turn.answer(request, Answer::Kind::forbidden, "not_of_post", {{"post", id}});
        return nullptr;
    }
    return post;
}

}  // namespace

Posts::Present Posts::find(const PersonId& person) {
    return std::find_if(present_.begin(), present_.end(),
                        [&](const SavedPresence& p) { return p.person == person; });
}

void Posts::enter(Turn& turn, const PersonId& person, const PostConfig& post, const char* how) {
    SavedPresence presence{person, post.id, std::nullopt};
    if (turn.now.wall_trusted) presence.day = local_day(turn.config, turn.now.wall);
    present_.push_back(std::move(presence));
    attendance_.arrived(turn, {person, post, role_of(post, person), how});
}

void Posts::leave(Turn& turn, Present presence, const PostConfig& post, const char* how) {
    const PersonId person = presence->person;
    present_.erase(presence);
    attendance_.left(turn, {person, post, role_of(post, person), how});
}

void Posts::sign_in(Turn& turn, const PostSignedIn& event) {
    const PostConfig* post = allowed(turn, event.request, event.post, event.person);
    if (post == nullptr) return;
    // One person cannot be at two windows.
    if (const auto there = find(event.person); there != present_.end()) {
        return turn.conflict(event.request,
                             there->post == post->id ? "already_signed_in" : "signed_in_elsewhere",
                             {{"post", there->post}});
    }
    enter(turn, event.person, *post, "panel");
    turn.done(event.request);
}

void Posts::sign_out(Turn& turn, const PostSignedOut& event) {
    const auto there = find(event.person);
    std::string id = event.post;
    if (id.empty() && there != present_.end()) id = there->post;
    if (id.empty()) return turn.conflict(event.request, "not_signed_in");
    const PostConfig* post = allowed(turn, event.request, id, event.person);
    if (post == nullptr) return;
    if (there == present_.end() || there->post != id)
        return turn.conflict(event.request, "not_signed_in", {{"post", id}});
    leave(turn, there, *post, "panel");
    turn.done(event.request);
}

void Posts::hand_over(Turn& turn, const PostHandedOver& event) {
    const PostConfig* post = allowed(turn, event.request, event.post, event.from);
    if (post == nullptr) return;
    if (event.from == event.to) return turn.conflict(event.request, "same_person");
    if (allowed(turn, event.request, event.post, event.to) == nullptr) return;
    const auto leaving = find(event.from);
    if (leaving == present_.end() || leaving->post != post->id)
        return turn.conflict(event.request, "not_signed_in", {{"post", post->id}});
    const auto coming = find(event.to);
    const bool there = coming != present_.end();
    if (there && coming->post != post->id)
        return turn.conflict(event.request, "signed_in_elsewhere", {{"post", coming->post}});
    turn.record("post.handed_over", "R23", {event.from.value, event.to.value}, "done",
                {{"post", post->id}});
    if (!there) enter(turn, event.to, *post, "handover");
    leave(turn, find(event.from), *post, "handover");
    turn.done(event.request);
}

/// Somebody forgot to sign out: nobody knows when they left, so nothing is derived.
void Posts::end_day(Turn& turn) {
    if (!turn.now.wall_trusted) return;
    const int today = local_day(turn.config, turn.now.wall);
    for (auto p = present_.begin(); p != present_.end();) {
        if (!p->day) p->day = today;
        if (*p->day >= today) {
            ++p;
            continue;
        }
        const PostConfig* post = post_of(turn.config, p->post);
        const Responsible role = post == nullptr ? Responsible::none : role_of(*post, p->person);
        turn.record("attendance.not_signed_out", "R25", {p->person.value}, "unknown",
                    {{"post", p->post}, {"role", to_string(role)}});
        p = present_.erase(p);
    }
}

void Posts::look(Turn& turn, std::size_t index, bool expected, Windows& windows, Alarms& alarms) {
    const auto window = WindowIx::of(index);
    const std::string& id = turn.config.windows[index].id;
    Wait& wait = waits_[index];
    if (!expected) {
        wait = {};
        alarms.clear(turn, "window_unattended", id);
        return;
    }
    const bool serving = windows.chosen(window) == WindowState::serving;
    // Somebody pressed the button: somebody is there, signed in or not.
    if (!wait.since || (serving && !wait.serving)) {
        wait.since = turn.now.mono;
        wait.over = false;
    }
    wait.serving = serving;
    if (!wait.over && turn.now.mono - *wait.since >= turn.config.attendance.unattended_after) {
        wait.over = true;
        windows.unattended(turn, window);
        wait.serving = false;
        alarms.raise(turn, "window_unattended", id, turn.config.windows[index].post);
    }
}

void Posts::advance(Turn& turn, bool at_work, Windows& windows, Alarms& alarms) {
    end_day(turn);
    attendance_.advance(turn);
    std::optional<bool> hours;  // asked for once, and only when some window needs it
    for (std::size_t i = 0; i < turn.config.windows.size(); ++i) {
        const bool promised = at_work && windows.chosen(WindowIx::of(i)) != WindowState::closed;
        const bool empty = promised && unattended(turn.config, turn.config.windows[i].post);
        if (empty && !turn.now.wall_trusted) {
            // Whether these are hours is not known: no wait begins, and no alarm comes or goes.
            waits_[i] = {};
            continue;
        }
        if (empty && !hours) hours = within_hours(turn);
        look(turn, i, empty && *hours, windows, alarms);
    }
}

bool Posts::unattended(const HallConfig& config, const std::string& id) const {
    const PostConfig* post = post_of(config, id);
    return post != nullptr && post->staffed() && responsible(config, id) == Responsible::none;
}

bool Posts::role_present(const PostConfig& post, Responsible role) const {
    return std::any_of(present_.begin(), present_.end(), [&](const SavedPresence& p) {
        return p.post == post.id && role_of(post, p.person) == role;
    });
}

Responsible Posts::responsible(const HallConfig& config, const std::string& id) const {
    const PostConfig* post = post_of(config, id);
    if (post == nullptr) return Responsible::none;
    if (role_present(*post, Responsible::primary)) return Responsible::primary;
    return role_present(*post, Responsible::backup) ? Responsible::backup : Responsible::none;
}

std::vector<PostView> Posts::view(const HallConfig& config) const {
    std::vector<PostView> list;
    for (const PostConfig& post : config.posts) {
        list.push_back({post.id, post.name, post.staffed(), responsible(config, post.id),
                        role_present(post, Responsible::primary),
                        role_present(post, Responsible::backup)});
    }
    return list;
}

void Posts::restore(Turn& turn, const Snapshot& saved, Millis shift) {
    attendance_.restore(saved.attendance);
    for (const SavedPresence& p : saved.posts) {
        // Another configuration may know the post or the person no more.
        const PostConfig* post = post_of(turn.config, p.post);
        if (post != nullptr && role_of(*post, p.person) != Responsible::none) {
            present_.push_back(p);
        } else {
            turn.record("attendance.not_signed_out", "R25", {p.person.value}, "unknown",
                        {{"post", p.post}, {"role", to_string(Responsible::none)}});
        }
    }
    for (const SavedWait& w : saved.waits) {
        for (std::size_t i = 0; i < waits_.size(); ++i) {
            if (turn.config.windows[i].id != w.window) continue;
            waits_[i] = {std::min(w.since + shift, turn.now.mono), w.serving, w.over};
        }
    }
}

void Posts::save(Snapshot& out, const HallConfig& config) const {
    out.posts = present_;
    out.attendance = attendance_.save();
    for (std::size_t i = 0; i < waits_.size(); ++i) {
        const Wait& wait = waits_[i];
        if (wait.since)
            out.waits.push_back({config.windows[i].id, *wait.since, wait.serving, wait.over});
    }
}

void Posts::deadlines(Deadlines& out, const HallConfig& config) const {
    for (const Wait& wait : waits_) {
        if (wait.since && !wait.over)
            out.consider(*wait.since + config.attendance.unattended_after);
    }
    attendance_.deadlines(out);
    if (config.posts.empty() || !out.now.wall_trusted) return;
    if (!present_.empty()) out.consider_wall(next_midnight(config, out.now.wall));
    out.consider_wall(next_opening(config, out.now.wall));
    if (const auto today = hours_of_day(config, out.now.wall)) out.consider_wall(today->closes);
}

}  // namespace hall
