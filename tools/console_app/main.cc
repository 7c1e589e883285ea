// acre_console: the operator's look into a running process. See console.h.

#include <curl/curl.h>
#include <locale.h>

#include <string>
#include <vector>

#include "tools/console_app/console.h"

int main(int argc, char** argv) {
  setlocale(LC_CTYPE, "");  // names in UTF-8 are typed and measured as such
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const int status = acre::console::RunConsole(arguments, {});
  curl_global_cleanup();
  return status;
}
