// hallctl staff: who is enrolled. Works on the state folder, with or without a running daemon,
// which reads the file anew at every check.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <sstream>

#include "daemon/ctl/ctl.hpp"
#include "daemon/ctl/owner.hpp"
#include "daemon/ctl/secret_input.hpp"
#include "daemon/shell/credentials.hpp"

namespace hall::ctl {

namespace {

struct Options {
    std::string staff, name, card, rights;
    bool pin_stdin = false, json = false, no_card = false;
};

/// A PIN passes through this process: no core file, and no other process reads its memory.
void protect_secrets() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

/// The pepper that systemd hands the service also serves the operator who works on the service's
/// own state; root and the service's user may read it.
void take_credentials_of_service(const Context& context) {
    constexpr const char* kHanded = "/run/credentials/halld.service";
    std::error_code none;
    if (std::getenv("CREDENTIALS_DIRECTORY") != nullptr || context.state != kServiceState) return;
    if (std::filesystem::is_directory(kHanded, none)) ::setenv("CREDENTIALS_DIRECTORY", kHanded, 0);
}

void ask_pin(Secret& pin, const Options& options) {
    if (options.pin_stdin && ::isatty(STDIN_FILENO) == 0) {
        secret_from_stdin(pin);
    } else {
        secret_from_terminal(pin, "PIN for " + options.staff + " (6 to 12 digits)");
    }
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> words;
    std::istringstream in(list);
    for (std::string word; std::getline(in, word, ',');) words.push_back(word);
    return words;
}

/// Runs one change; what the rules refuse is a "no", not a failure.
template <class Change>
int change(const Context& context, const std::string& done, Change what) {
    try {
        protect_secrets();
        take_credentials_of_service(context);
        become_owner(context.state_folder());
        Credentials credentials(context.state_folder());
        what(credentials);
    } catch (const std::invalid_argument& e) {
        throw RefusedError(e.what());
    }
    std::cout << done << '\n';
    return kFine;
}

int add(const Context& context, const Options& o) {
    return change(context, o.staff + " is enrolled", [&](Credentials& credentials) {
        for (const Person& p : credentials.list())
            if (p.id.value == o.staff) throw std::invalid_argument("this staff number is taken");
        Secret pin;
        ask_pin(pin, o);
        Person person;
        person.id.value = o.staff;
        person.name = o.name;
        person.rights = split(o.rights);
        credentials.add(person, pin.text(), o.card);
    });
}

int set_pin(const Context& context, const Options& o) {
    return change(context, "the PIN of " + o.staff + " is set", [&](Credentials& credentials) {
        Secret pin;
        ask_pin(pin, o);
        credentials.set_pin(PersonId{o.staff}, pin.text());
    });
}

int set_card(const Context& context, const Options& o) {
    if (o.card.empty() != o.no_card) throw UsageError("give either --card TOKEN or --none");
    const std::string done =
        o.no_card ? o.staff + " has no card any more" : "the card of " + o.staff + " is set";
    return change(context, done, [&](Credentials& credentials) {
        credentials.set_card(PersonId{o.staff}, o.card);
    });
}

int disable(const Context& context, const Options& o) {
    return change(context, o.staff + " is disabled",
                  [&](Credentials& credentials) { credentials.disable(PersonId{o.staff}); });
}

int enable(const Context& context, const Options& o) {
    return change(context, o.staff + " is enabled",
                  [&](Credentials& credentials) { credentials.enable(PersonId{o.staff}); });
}

int list(const Context& context, const Options& o) {
    if (!std::filesystem::is_directory(context.state_folder()))
        throw UsageError("there is no state folder " + context.state);
    const auto people = Credentials(context.state_folder()).list();
    if (o.json) {
        nlohmann::json all = nlohmann::json::array();
        for (const Person& p : people)
            all.push_back({{"staff", p.id.value},
                           {"name", p.name},
                           {"enabled", p.enabled},
                           {"rights", p.rights},
                           {"card", p.has_card}});
        std::cout << dump(all, 2) << '\n';
        return kFine;
    }
    for (const Person& p : people) {
        std::cout << p.id.value << '\t' << p.name << '\t' << (p.enabled ? "enabled" : "disabled")
                  << '\t' << (p.has_card ? "card" : "no card") << '\t';
        for (std::size_t i = 0; i < p.rights.size(); ++i)
            std::cout << (i == 0 ? "" : ",") << p.rights[i];
        std::cout << '\n';
    }
    if (people.empty()) std::cerr << "nobody is enrolled\n";
    return kFine;
}

using Action = int (*)(const Context&, const Options&);

CLI::App* command(CLI::App& staff, Context& context, const std::shared_ptr<Options>& options,
                  const char* name, const char* help, Action action) {
    CLI::App* c = staff.add_subcommand(name, help);
    c->fallthrough();
    c->callback([&context, options, action] {
        context.chosen = [&context, options, action] { return action(context, *options); };
    });
    return c;
}

}  // namespace

void add_staff(CLI::App& app, Context& context) {
    auto o = std::make_shared<Options>();
    CLI::App* staff = app.add_subcommand("staff", "who is enrolled, with which credentials");
    staff->require_subcommand(1);
    staff->fallthrough();
    const char* const number = "staff number";
    const char* const stdin_help = "read the PIN as a line from standard input";

    CLI::App* c = command(*staff, context, o, "add", "enrol a person; asks for the PIN", add);
    c->add_option("NUMBER,--staff", o->staff, number)->required();
    c->add_option("--name", o->name, "the person's name")->required();
    c->add_option("--card", o->card, "card token, as the reader gives it");
    c->add_option("--rights", o->rights,
                  "some of close,open,window,lightbox,alarm (default: all of them)");
    c->add_flag("--pin-stdin", o->pin_stdin, stdin_help);

    c = command(*staff, context, o, "list", "list everybody; shows no secrets", list);
    c->add_flag("--json", o->json, "as a JSON list");

    c = command(*staff, context, o, "disable", "accept this person no more", disable);
    c->add_option("NUMBER,--staff", o->staff, number)->required();

    c = command(*staff, context, o, "enable", "accept a disabled person again", enable);
    c->add_option("NUMBER,--staff", o->staff, number)->required();

    c = command(*staff, context, o, "set-pin", "give a new PIN; ends a lock-out", set_pin);
    c->add_option("NUMBER,--staff", o->staff, number)->required();
    c->add_flag("--pin-stdin", o->pin_stdin, stdin_help);

    c = command(*staff, context, o, "set-card", "give another card, or take it away", set_card);
    c->add_option("NUMBER,--staff", o->staff, number)->required();
    c->add_option("--card", o->card, "card token, as the reader gives it");
    c->add_flag("--none", o->no_card, "take the card away");
}

}  // namespace hall::ctl
