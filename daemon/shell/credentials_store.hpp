#pragma once
// The staff file, `<state>/staff.json`: one object, replaced as a whole under a lock.
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/shell/credentials.hpp"

namespace hall::credentials {

/// The rights that a person can have.
const std::vector<std::string>& all_rights();

/// A person as the file keeps them.
struct Entry {
    Person person;
    std::string pin_hash;
    std::string card_hash;  ///< empty: no card
};

struct StaffFile {
    std::string pepper_id;  ///< of the pepper that all hashes were made with
    std::vector<Entry> entries;

    [[nodiscard]] const Entry* find(const PersonId& id) const;
    [[nodiscard]] const Entry* find_card(const std::string& card_hash) const;
    /// @throws std::invalid_argument when nobody has this number
    Entry& at(const PersonId& id);
};

/// A missing file is a file without entries. @throws std::runtime_error with a sentence when the
/// file is damaged: it is never taken for an empty one, because the next write would make it so.
StaffFile read_staff(const std::filesystem::path& state);
/// @throws std::system_error
void write_staff(const std::filesystem::path& state, const StaffFile& staff);

/// @throws std::invalid_argument with a sentence when number, name or rights cannot be used
void check_person(const Person& person);
/// @throws std::invalid_argument with a sentence when the token cannot be a card's
void check_card(const std::string& token);

}  // namespace hall::credentials
