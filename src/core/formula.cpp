#include "sgdflux/core/formula.hpp"

#include <muParser.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <regex>

#include "core/language.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"

namespace sgdflux::core {
namespace {

double natural_log(double x) { return std::log(x); }

// muParser's own _pi and _e have 12 digits.
void define_language(mu::Parser& parser) {
  parser.DefineConst("pi", std::numbers::pi);
  parser.DefineConst("_pi", std::numbers::pi);
  parser.DefineConst("_e", std::numbers::e);
  parser.DefineFun("log", natural_log);
}

template <class Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& entry : map) {
    keys.push_back(entry.first);
  }
  return keys;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A word of the expression that is no number.
struct Word {
  std::string text;
  bool called = false;  ///< followed by '('
};

/// Numbers are matched first so that the e of 1e-3 is no word.
std::vector<Word> words_of(const std::string& expression) {
  static const std::regex token(R"((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|([A-Za-z_]\w*)(\s*\()?)");
  std::vector<Word> words;
  for (std::sregex_iterator it(expression.begin(), expression.end(), token), end; it != end; ++it) {
    if ((*it)[1].matched) {
      words.push_back({(*it)[1].str(), (*it)[2].matched});
    }
  }
  return words;
}

/// muParser's sentences speak of tokens and codes; these speak of the formula.
std::string explain(const mu::Parser::exception_type& error) {
  const std::string token = "'" + error.GetToken() + "'";
  switch (error.GetCode()) {
    case mu::ecEMPTY_EXPRESSION:
      return "the formula is empty";
    case mu::ecUNEXPECTED_EOF:
      return "the formula ends too early";
    case mu::ecMISSING_PARENS:
      return "a closing bracket is missing";
    case mu::ecUNEXPECTED_PARENS:
      return "unexpected bracket " + token;
    case mu::ecTOO_FEW_PARAMS:
      return "too few arguments for function " + token;
    case mu::ecTOO_MANY_PARAMS:
      return "too many arguments for function " + token;
    case mu::ecUNEXPECTED_ARG:
    case mu::ecUNEXPECTED_ARG_SEP:
      return "a comma is allowed only between the arguments of a function";
    case mu::ecMISSING_ELSE_CLAUSE:
      return "'?' without ':'";
    case mu::ecMISPLACED_COLON:
      return "':' without '?'";
    case mu::ecUNEXPECTED_VAL:
    case mu::ecUNEXPECTED_VAR:
    case mu::ecUNEXPECTED_FUN:
      return "an operator is missing before " + token;
    case mu::ecUNEXPECTED_OPERATOR:
    case mu::ecUNASSIGNABLE_TOKEN:
      return "unexpected " + token;
    default:
      return error.GetMsg();
  }
}

/// muParser evaluates `x, v` to v and `x=5` as an assignment; both are surely mistakes.
std::string forbidden_syntax(const std::string& expression) {
  static const std::regex assignment(R"((^|[^=<>!])=($|[^=]))");
  if (std::regex_search(expression, assignment)) {
    return "assignment is not allowed in a formula ('==' compares)";
  }
  if (expression.find('"') != std::string::npos) {
    return "formulas have no strings";
  }
  int depth = 0;
  for (const char c : expression) {
    depth += (c == '(') - (c == ')');
    if (c == ',' && depth == 0) {
      return "a comma is allowed only between the arguments of a function";
    }
  }
  return {};
}

}  // namespace

const std::vector<std::string>& function_names() {
  static const std::vector<std::string> names = keys_of(mu::Parser().GetFunDef());
  return names;
}

const std::vector<std::string>& constant_names() {
  static const std::vector<std::string> names = [] {
    mu::Parser parser;
    define_language(parser);
    return keys_of(parser.GetConst());
  }();
  return names;
}

/// muParser compiles the formula once against the addresses in `values`. Its bulk mode is not used: in Debian's build
/// it starts OpenMP threads, which fight with MPI ranks for the cores, and it is no faster on one thread.
struct Formula::Parser {
  std::string what;
  std::string expression;
  std::vector<std::string> symbols;
  std::vector<double> values;
  std::vector<Eigen::Index> used;
  mu::Parser parser;

  [[noreturn]] void fail(const std::string& why) const { throw SettingsError(what + " = " + expression + ": " + why); }
  void check_words(const std::map<std::string, double>& constants);
  void check_word(const Word& word, const std::map<std::string, double>& constants) const;
  void compile(const std::map<std::string, double>& constants);
};

void Formula::Parser::check_word(const Word& word, const std::map<std::string, double>& constants) const {
  std::vector<std::string> known = symbols;
  const std::vector<std::string> names = keys_of(constants);
  known.insert(known.end(), names.begin(), names.end());
  const bool is_function = contains(function_names(), word.text);
  const bool is_value = contains(known, word.text) || contains(constant_names(), word.text);
  if (is_function && !word.called) {
    fail("function '" + word.text + "' needs its arguments in brackets");
  }
  if (is_value && word.called) {
    fail("'" + word.text + "' is no function; write '*' for a product");
  }
  if (!is_function && word.called) {
    fail(unknown_name("function", word.text, function_names()));
  }
  if (!is_function && !is_value) {
    known.push_back("pi");
    fail(unknown_name("symbol", word.text, known));
  }
}

void Formula::Parser::check_words(const std::map<std::string, double>& constants) {
  for (const Word& word : words_of(expression)) {
    check_word(word, constants);
    const auto at = std::find(symbols.begin(), symbols.end(), word.text);
    if (at == symbols.end()) {
      continue;
    }
    if (constants.contains(word.text)) {
      fail("'" + word.text + "' names both a quantity of the model and a constant");
    }
    const Eigen::Index position = at - symbols.begin();
    if (std::find(used.begin(), used.end(), position) == used.end()) {
      used.push_back(position);
    }
  }
  std::sort(used.begin(), used.end());
}

void Formula::Parser::compile(const std::map<std::string, double>& constants) {
  try {
    define_language(parser);
    for (std::size_t k = 0; k < symbols.size(); ++k) {
      parser.DefineVar(symbols[k], &values[k]);
    }
    for (const auto& [name, value] : constants) {
      if (!contains(symbols, name)) {
        parser.DefineConst(name, value);
      }
    }
    parser.SetExpr(expression);
    static_cast<void>(parser.Eval());
  } catch (const mu::Parser::exception_type& error) {
    fail(explain(error));
  }
}

Formula::Formula(std::string what, std::string expression, std::vector<std::string> symbols,
                 std::map<std::string, double> constants)
    : parser_(std::make_unique<Parser>()) {
  Parser& p = *parser_;
  p.what = std::move(what);
  p.expression = std::move(expression);
  p.symbols = std::move(symbols);
  p.values.assign(p.symbols.size(), 1.0);
  for (const std::string& symbol : p.symbols) {
    if (!is_identifier(symbol)) {
      p.fail("'" + symbol +
             "' cannot name a variable: a letter, then letters, digits and '_', and no function or constant");
    }
  }
  if (const std::string why = forbidden_syntax(p.expression); !why.empty()) {
    p.fail(why);
  }
  p.check_words(constants);
  p.compile(constants);
}

Formula::~Formula() = default;
Formula::Formula(Formula&&) noexcept = default;
Formula& Formula::operator=(Formula&&) noexcept = default;

const std::string& Formula::expression() const { return parser_->expression; }

std::vector<std::string> Formula::used() const {
  std::vector<std::string> names;
  for (const Eigen::Index k : parser_->used) {
    names.push_back(parser_->symbols[static_cast<std::size_t>(k)]);
  }
  return names;
}

double Formula::operator()(const std::vector<double>& values) const {
  if (values.size() != parser_->symbols.size()) {
    throw InternalError("formula " + parser_->what + " was given the wrong number of values");
  }
  std::copy(values.begin(), values.end(), parser_->values.begin());
  return parser_->parser.Eval();
}

Eigen::ArrayXd Formula::evaluate(BatchView columns) const {
  if (columns.cols() != static_cast<Eigen::Index>(parser_->symbols.size())) {
    throw InternalError("formula " + parser_->what + " was given the wrong number of columns");
  }
  Eigen::ArrayXd result(columns.rows());
  for (Eigen::Index i = 0; i < columns.rows(); ++i) {
    for (const Eigen::Index k : parser_->used) {
      parser_->values[static_cast<std::size_t>(k)] = columns(i, k);
    }
    result[i] = parser_->parser.Eval();
  }
  return result;
}

double evaluate_constant(const std::string& what, const std::string& expression,
                         const std::map<std::string, double>& constants) {
  const double value = Formula(what, expression, {}, constants)({});
  if (!std::isfinite(value)) {
    throw SettingsError(what + " = " + expression + ": the value is not finite");
  }
  return value;
}

}  // namespace sgdflux::core
