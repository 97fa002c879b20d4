package testnet

import (
	"context"
	"log/slog"
	"testing"

	"tailscale.com/envknob"

	"github.com/netherlink/netherlink/client/internal/api"
	"github.com/netherlink/netherlink/client/internal/config"
	"github.com/netherlink/netherlink/client/internal/session"
)

// Prepare sets what tailscale needs where control server and relay are on loopback, without TLS. Called by TestMain.
func Prepare() {
	for name, value := range map[string]string{"TS_DEBUG_USE_DERP_HTTP": "true", "TS_DISABLE_PORTMAPPER": "true",
		"NETHERLINK_COMPANION_LOOPBACK": "1"} {
		// Not os.Setenv alone: tailscale has read them already.
		envknob.Setenv(name, value)
	}
}

// Login logs in and answers the folder and the saved account.
func Login(t testing.TB, lobby *Lobby, user string) (config.Folder, config.Account) {
	t.Helper()
	folder := config.Folder{Path: t.TempDir()}
	account := config.Account{Server: lobby.URL, Username: user}
	client, err := api.New(lobby.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	client.KeepRefresh = func(token string) error { account.RefreshToken = token; return nil }
	answer, err := client.Login(context.Background(), user, "password", api.Device{ID: "d", Name: "d", Platform: "test"})
	if err != nil {
		t.Fatal(err)
	}
	account.UserID = answer.User.ID
	if err := folder.SaveAccount(account); err != nil {
		t.Fatal(err)
	}
	return folder, account
}

// Player is a session that runs until the test ends.
func Player(t testing.TB, lobby *Lobby, user string) *session.Session {
	t.Helper()
	folder, account := Login(t, lobby, user)
	return Run(t, folder, account)
}

// Run starts the session of a saved login.
func Run(t testing.TB, folder config.Folder, account config.Account) *session.Session {
	t.Helper()
	player, err := session.New(folder, account, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go player.Run(ctx)
	t.Cleanup(func() { cancel(); <-player.Ended() })
	return player
}
