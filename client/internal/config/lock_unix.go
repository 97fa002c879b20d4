//go:build unix

package config

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile takes the file for this process; the system gives it back when the process ends, however it ends.
func lockFile(file *os.File) error {
	return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
