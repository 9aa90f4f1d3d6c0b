#pragma once
// Somebody with a tool and the folder.
#include <SQLiteCpp/SQLiteCpp.h>

#include <string>
#include <vector>

#include "tests/unit/journal_fixture.hpp"

namespace hall {

/// Changes the closed database through SQL.
inline void with_sql(const std::filesystem::path& file,
                     const std::vector<std::string>& statements) {
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE);
    for (const auto& sql : statements) db.exec(sql);
}

}  // namespace hall
