package config

import (
	"errors"
	"os"
)

// ErrInUse means that another companion of this user uses the folder.
var ErrInUse = errors.New("a companion is already running")

// Lock makes this process the only one that uses the account: a refresh token used twice, by two processes, would end
// the session. Close gives it back.
func (f Folder) Lock() (*os.File, error) {
	file, err := os.OpenFile(f.File("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if lockFile(file) != nil {
		file.Close()
		return nil, ErrInUse
	}
	return file, nil
}
