package config

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile takes the file for this process; the system gives it back when the process ends, however it ends.
func lockFile(file *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	return windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, 1, 0, &windows.Overlapped{})
}
