#include "options.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cctype>
#include <set>

#include "known_keys.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::cli {
namespace {

namespace po = boost::program_options;

/// The key of "--section.key" or "--section.key=value", else "". Only plain characters: ',' and '*' mean something to
/// Boost.
std::string typed_key(const std::string& word) {
  if (!word.starts_with("--")) {
    return "";
  }
  const std::string key = word.substr(2, word.find('=') - std::min<std::size_t>(2, word.find('=')));
  const bool plain = std::all_of(
      key.begin(), key.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-'; });
  return plain && key.find('.') != std::string::npos ? key : "";
}

/// Options and every key that was typed, known or not: unknown keys are reported with those of the files.
po::options_description described(const std::vector<std::string>& words) {
  po::options_description options;
  options.add_options()("help,h", "")("version", "")("dry-run", "");
  std::set<std::string> seen;
  for (const std::string& word : words) {
    const std::string key = typed_key(word);
    if (!key.empty() && seen.insert(key).second) {
      options.add_options()(key.c_str(), po::value<std::string>(), "");
    }
  }
  return options;
}

void take(CommandLine& line, const po::option& option) {
  if (option.position_key >= 0) {
    (line.command.empty() ? line.command : line.operands.emplace_back()) = option.value.front();
  } else if (option.string_key == "help") {
    line.help = true;
  } else if (option.string_key == "version") {
    line.version = true;
  } else if (option.string_key == "dry-run") {
    line.dry_run = true;
  } else if (option.value.empty() || option.value.front().empty()) {
    throw core::SettingsError("--" + option.string_key + " has no value");
  } else {
    line.settings.emplace_back(option.string_key, option.value.front());
  }
}

void parse(CommandLine& line, const std::vector<std::string>& words) {
  try {
    // No allow_guessing: --scheme.fl must not become --scheme.flux.
    constexpr int style = po::command_line_style::allow_long | po::command_line_style::allow_short |
                          po::command_line_style::allow_dash_for_short | po::command_line_style::short_allow_next |
                          po::command_line_style::long_allow_adjacent | po::command_line_style::long_allow_next;
    const po::options_description options = described(words);
    for (const po::option& option : po::command_line_parser(words).options(options).style(style).run().options) {
      take(line, option);
    }
  } catch (const po::unknown_option& error) {
    throw core::SettingsError(unknown_option(error.get_option_name()));
  } catch (const po::error& error) {
    throw core::SettingsError(std::string("command line: ") + error.what());
  }
}

bool is_petsc_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && std::isdigit(static_cast<unsigned char>(word[1])) == 0;
}

/// Options, each with at most one value.
void check_petsc(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_petsc_option(words[i]) && (i == 0 || !is_petsc_option(words[i - 1]))) {
      throw core::SettingsError("'" + words[i] + "' after -- is no PETSc option: options begin with '-'");
    }
  }
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& words) {
  CommandLine line;
  line.words = words;
  const auto begin = words.empty() ? words.begin() : words.begin() + 1;
  const auto split = std::find(begin, words.end(), "--");
  try {
    parse(line, {begin, split});
    if (split != words.end()) {
      check_petsc({split + 1, words.end()});
      line.petsc.assign(split + 1, words.end());
    }
  } catch (const core::SettingsError& error) {
    line.defect = error;
  }
  return line;
}

}  // namespace sgdflux::cli
