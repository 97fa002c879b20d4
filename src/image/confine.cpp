#include "image/confine.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace netherlink::image {
namespace {

#if defined(__x86_64__)
constexpr unsigned architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned architecture = AUDIT_ARCH_AARCH64;
#else
constexpr unsigned architecture = 0;  // not known here: rlimits alone
#endif

/// What allocating, reading, writing and ending take.
constexpr unsigned allowed[] = {SYS_read,   SYS_write,       SYS_exit,   SYS_exit_group,    SYS_brk,
                                SYS_mmap,   SYS_munmap,      SYS_mremap, SYS_mprotect,      SYS_madvise,
                                SYS_futex,  SYS_lseek,       SYS_fstat,  SYS_newfstatat,    SYS_getrandom,
                                SYS_close,  SYS_getpid,      SYS_gettid, SYS_clock_gettime, SYS_rt_sigprocmask,
                                SYS_tgkill, SYS_rt_sigreturn};

bool limit(int resource, rlim_t value) {
  const rlimit wanted{value, value};
  return setrlimit(static_cast<__rlimit_resource>(resource), &wanted) == 0;
}

/// Whoever calls anything else is killed.
bool filter_calls() {
  if (architecture == 0) return true;
  const auto load = [](std::size_t offset) -> sock_filter {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
  };
  std::vector<sock_filter> program;
  program.push_back(load(offsetof(seccomp_data, arch)));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  program.push_back(load(offsetof(seccomp_data, nr)));
  for (const auto call : allowed) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  const sock_fprog all{static_cast<unsigned short>(program.size()), program.data()};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0) return true;
  return errno == EINVAL;  // a kernel without it
}

}  // namespace

bool confine(std::size_t memory_bytes, std::chrono::seconds cpu_time) {
  prctl(PR_SET_DUMPABLE, 0);
  const bool limited = limit(RLIMIT_AS, memory_bytes) && limit(RLIMIT_CPU, static_cast<rlim_t>(cpu_time.count())) &&
                       limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 0) &&
                       limit(RLIMIT_NPROC, 0);
  return limited && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && filter_calls();
}

}  // namespace netherlink::image
