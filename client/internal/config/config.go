// Package config keeps what the companion knows between two starts: accounts with their tokens, and where everything lies.
//
// All files are readable by their owner alone (0600 in folders 0700). A file is replaced as a whole, so that a crash
// leaves the old or the new one.
package config

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Account is one login on one server. RefreshToken is a secret: it never appears in logs or on the control port.
type Account struct {
	Server       string `json:"server"`
	UserID       string `json:"user_id"`
	Username     string `json:"username"`
	SessionID    string `json:"session_id"`
	RefreshToken string `json:"refresh_token"`
}

// Folder is the companion's folder on this machine.
type Folder struct{ Path string }

// Open makes the folder if need be. NETHERLINK_COMPANION_HOME moves it.
func Open() (Folder, error) {
	path := os.Getenv("NETHERLINK_COMPANION_HOME")
	if path == "" {
		base, err := os.UserConfigDir()
		if err != nil {
			return Folder{}, fmt.Errorf("no folder for settings: %w", err)
		}
		path = filepath.Join(base, "netherlink-companion")
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return Folder{}, err
	}
	return Folder{Path: path}, tighten(path)
}

// tighten takes the folder away from others if it was there with wider rights.
func tighten(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return os.Chmod(path, 0o700)
}

// File is the path of a file in the folder.
func (f Folder) File(name string) string { return filepath.Join(f.Path, name) }

// Account reads the account in use; fs.ErrNotExist when nobody has logged in.
func (f Folder) Account() (Account, error) {
	var account Account
	err := ReadJSON(f.File("account.json"), &account)
	return account, err
}

// SaveAccount replaces the account in use.
func (f Folder) SaveAccount(account Account) error { return WriteJSON(f.File("account.json"), account) }

// ForgetAccount removes it, and what its nodes left behind.
func (f Folder) ForgetAccount() error {
	err := os.Remove(f.File("account.json"))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(f.File("nodes")))
}

// DeviceID is a random name of this installation, the same for ever.
func (f Folder) DeviceID() (string, error) {
	var device struct {
		ID string `json:"id"`
	}
	err := ReadJSON(f.File("device.json"), &device)
	if err == nil && device.ID != "" {
		return device.ID, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	device.ID = "companion-" + Random(8)
	return device.ID, WriteJSON(f.File("device.json"), device)
}

// NodeFolder is where the node of one account on one device keeps its machine key: another account must never inherit it.
func (f Folder) NodeFolder(account Account, device string) string {
	return filepath.Join(f.Path, "nodes", safe(account.Server)+"-"+safe(account.UserID)+"-"+safe(device))
}

// safe leaves letters and digits of a name.
func safe(name string) string {
	out := make([]rune, 0, len(name))
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			out = append(out, r)
		default:
			out = append(out, '_')
		}
	}
	return string(out)
}

// Random is n random bytes in hexadecimal.
func Random(n int) string {
	raw := make([]byte, n)
	rand.Read(raw) // never fails: the program ends when the system has no randomness
	return hex.EncodeToString(raw)
}

// ReadJSON reads a file written by WriteJSON.
func ReadJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// WriteJSON replaces a file with 0600.
func WriteJSON(path string, value any) error {
	raw, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // nothing to remove once it has its name
	_, err = file.Write(append(raw, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
