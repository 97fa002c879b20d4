package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/term"

	"github.com/netherlink/netherlink/client/internal/api"
	"github.com/netherlink/netherlink/client/internal/config"
)

// parse reads options wherever they stand, and answers the other words; what follows "--" is left alone.
func parse(flags *flag.FlagSet, args []string) (words, rest []string, err error) {
	flags.SetOutput(io.Discard)
	for i, arg := range args {
		if arg == "--" {
			args, rest = args[:i], args[i+1:]
			break
		}
	}
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		if args = flags.Args(); len(args) > 0 {
			words, args = append(words, args[0]), args[1:]
		}
	}
	return words, rest, nil
}

func login(ctx context.Context, folder config.Folder, args []string) error {
	flags := flag.NewFlagSet("login", flag.ContinueOnError)
	user := flags.String("user", "", "")
	fromStdin := flags.Bool("password-stdin", false, "")
	words, _, err := parse(flags, args)
	if err != nil || len(words) != 1 {
		return errUsage
	}
	lock, err := folder.Lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	server := words[0]
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	input := bufio.NewReader(os.Stdin)
	if *user == "" {
		fmt.Fprint(os.Stderr, "User name: ")
		if *user, err = line(input); err != nil {
			return err
		}
	}
	password, err := askPassword(input, *fromStdin)
	if err != nil {
		return err
	}
	return enter(ctx, folder, server, *user, password)
}

func line(input *bufio.Reader) (string, error) {
	text, err := input.ReadString('\n')
	if err != nil && (text == "" || !errors.Is(err, io.EOF)) {
		return "", err
	}
	return strings.TrimRight(text, "\r\n"), nil
}

// askPassword without showing it.
func askPassword(input *bufio.Reader, fromStdin bool) (string, error) {
	terminal := int(os.Stdin.Fd())
	if fromStdin || !term.IsTerminal(terminal) {
		return line(input)
	}
	fmt.Fprint(os.Stderr, "Password: ")
	raw, err := term.ReadPassword(terminal)
	fmt.Fprintln(os.Stderr)
	return string(raw), err
}

func enter(ctx context.Context, folder config.Folder, server, user, password string) error {
	device, err := folder.DeviceID()
	if err != nil {
		return err
	}
	client, err := api.New(server, "")
	if err != nil {
		return err
	}
	host, _ := os.Hostname() // a name for the list of sessions; empty is allowed
	answer, err := client.Login(ctx, user, password, api.Device{ID: device, Name: "Companion on " + host, Platform: runtime.GOOS})
	if err != nil {
		return err
	}
	account := config.Account{
		Server: client.Server, UserID: answer.User.ID, Username: answer.User.Username, SessionID: answer.SessionID,
		RefreshToken: answer.Refresh,
	}
	if err := folder.SaveAccount(account); err != nil {
		return err
	}
	fmt.Printf("Logged in as %s on %s.\n", account.Username, account.Server)
	return nil
}

func logout(ctx context.Context, folder config.Folder, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	lock, err := folder.Lock()
	if err != nil {
		return fmt.Errorf("%w: netherlink-companion leave, then end it", err)
	}
	defer lock.Close()
	account, err := folder.Account()
	if err != nil {
		return errNoAccount
	}
	client, err := api.New(account.Server, account.RefreshToken)
	if err == nil {
		// Between here and the end the account is going away: a new refresh token needs no place.
		if err = client.Logout(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "the server was not told:", err)
		}
	}
	return folder.ForgetAccount()
}

var errNoAccount = errors.New("log in first: netherlink-companion login SERVER")
