// Command netherlink-companion lets unmodified LAN games find and play each other within a room.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/netherlink/netherlink/client/internal/config"
)

var version = "dev" // set by the linker

const usage = `netherlink-companion lets LAN games of the people in a NetherLink room find each other.

  login SERVER [--user NAME] [--password-stdin]   log in; the password is asked for
  join LINK|CODE [--password WORD] [--leave-other]
                                                  enter a room and its LAN; runs until Ctrl-C or "leave"
  play GAME [--host|--guest] [--mode MODE] [-- COMMAND…]
                                                  open a game to the room; with a command: start it, in a
                                                  space of its own (Linux) that sees the room alone
  stop                                            close the game's ports again
  status [--json]                                 room, players, how they are reached
  games [WORD]                                    games whose ports are known
  learn ID [-- COMMAND…]                          find out the ports of a game that is not known
  doctor                                          why is a game not found?
  leave                                           leave the room
  logout                                          forget this login
  run                                             run without a room, for the desktop client
  open netherlink://…                             what a click on such a link starts
  register                                        make this program open netherlink:// links
  version

Modes: proxy (everywhere), space (Linux), tun (administrator). The best one that works is taken.
`

// errUsage ends with the usage and status 2.
var errUsage = errors.New("usage")

type command func(ctx context.Context, folder config.Folder, args []string) error

var commands = map[string]command{
	"login": login, "logout": logout, "join": join, "open": join, "run": runAlone, "play": play, "stop": stop, "status": status,
	"games": listGames, "learn": learn, "doctor": examine, "leave": leave, "register": register,
}

func main() {
	if code, taken := hidden(os.Args); taken {
		os.Exit(code)
	}
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		fmt.Print(usage)
		return 0
	}
	if args[0] == "version" || args[0] == "--version" {
		fmt.Println("netherlink-companion", version)
		return 0
	}
	chosen := commands[args[0]]
	if chosen == nil {
		fmt.Fprintf(os.Stderr, "there is no command %q\n\n%s", args[0], usage)
		return 2
	}
	folder, err := config.Open()
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err = chosen(ctx, folder, args[1:])
	}
	return exitCode(err)
}

func exitCode(err error) int {
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case errors.Is(err, errUsage):
		fmt.Fprint(os.Stderr, usage)
		return 2
	default:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
}

// exitStatus is that of a game that was started.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("ended with status %d", int(e)) }
