// How an admin socket is called and where it lies: the agreement between the
// process that serves and the console that looks for it.
//
// A process's first server is `<pid>.sock`; one that runs several services
// calls the others `<pid>-2.sock`, `<pid>-3.sock` and so on. Functions of
// their arguments and the environment; safe from any thread while nobody calls
// setenv.

#ifndef ACRE_ENGINE_ADAPTER_ADMIN_SOCKET_NAME_H_
#define ACRE_ENGINE_ADAPTER_ADMIN_SOCKET_NAME_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace acre::admin {

// More services than this in one process find no name for their socket.
inline constexpr int kMaxServersPerProcess = 64;

struct SocketName {
  pid_t pid = 0;
  int ordinal = 1;  // 1..kMaxServersPerProcess

  friend bool operator==(const SocketName&, const SocketName&) = default;
};

// "1234.sock", "1234-2.sock".
std::string FormatSocketName(const SocketName& name);

// The reverse; nothing for a file that is no admin socket's.
std::optional<SocketName> ParseSocketName(std::string_view file_name);

// `/tmp/acre-<uid>`: where a user without a runtime directory serves.
std::string TemporarySocketDirectory(uid_t uid);

// Where this process serves when its options name no directory:
// `$XDG_RUNTIME_DIR/acre`, or TemporarySocketDirectory() of the effective uid.
std::string DefaultSocketDirectory();

}  // namespace acre::admin

#endif  // ACRE_ENGINE_ADAPTER_ADMIN_SOCKET_NAME_H_
