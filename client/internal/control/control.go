// Package control is the port on 127.0.0.1 by which the command line, the desktop client and the server's web page steer
// the companion. Every call needs the token of control.json, which only this user can read; a page of another origin than
// the account's server is refused, and so is a name that was bent to lead here (DNS rebinding). No call runs a program.
package control

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/netherlink/netherlink/client/internal/api"
	"github.com/netherlink/netherlink/client/internal/config"
	"github.com/netherlink/netherlink/client/internal/doctor"
	"github.com/netherlink/netherlink/client/internal/session"
)

// Place is where a running companion listens.
type Place struct {
	Port  int    `json:"port"`
	Token string `json:"token"`
	PID   int    `json:"pid"`
}

const placeFile = "control.json"

// Server answers until Close.
type Server struct {
	folder config.Folder
	http   http.Server
	token  string
	origin string
	port   int
	engine *session.Session
	quit   func()
}

// Serve opens the port and writes control.json. quit is called when the companion is asked to end.
func Serve(folder config.Folder, engine *session.Session, quit func()) (*Server, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	server := &Server{folder: folder, token: config.Random(24), engine: engine, quit: quit, port: port}
	if at, err := url.Parse(engine.Client.Server); err == nil {
		server.origin = at.Scheme + "://" + at.Host
	}
	server.http = http.Server{
		Handler: server.guard(port, server.knows, server.routes()), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		MaxHeaderBytes: 16 << 10,
	}
	if err := config.WriteJSON(folder.File(placeFile), Place{Port: port, Token: server.token, PID: os.Getpid()}); err != nil {
		listener.Close()
		return nil, err
	}
	go server.http.Serve(listener) // ends with Close
	return server, nil
}

// Close removes control.json and ends the port.
func (s *Server) Close() error {
	return errors.Join(os.Remove(s.folder.File(placeFile)), s.http.Close())
}

func (s *Server) knows(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.token)) == 1
}

// guard lets only those in who may be: by the right name, from the right page, with the right token.
func (s *Server) guard(open int, knows func(token string) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, port, err := net.SplitHostPort(r.Host)
		if err != nil || port != strconv.Itoa(open) || (host != "127.0.0.1" && host != "localhost") {
			refuse(w, http.StatusForbidden, "control.host", "this is not the name of the control port")
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			if origin != s.origin {
				refuse(w, http.StatusForbidden, "control.origin", "pages of this origin may not use the companion")
				return
			}
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
			w.Header().Set("Access-Control-Allow-Private-Network", "true")
			w.Header().Set("Vary", "Origin")
			if r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		if !knows(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")) {
			refuse(w, http.StatusUnauthorized, "control.token", "the token of control.json is needed")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, r *http.Request) {
		answer(w, s.engine.Status(r.Context()), nil)
	})
	mux.HandleFunc("GET /v1/games", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"items": s.engine.Games.All()}, nil)
	})
	mux.HandleFunc("GET /v1/doctor", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]any{"items": doctor.Examine(r.Context(), s.engine)}, nil)
	})
	mux.HandleFunc("POST /v1/join", s.join)
	mux.HandleFunc("POST /v1/play", s.play)
	mux.HandleFunc("POST /v1/learned", s.learned)
	mux.HandleFunc("POST /v1/stop", func(w http.ResponseWriter, r *http.Request) {
		s.engine.Stop()
		answer(w, s.engine.Status(r.Context()), nil)
	})
	mux.HandleFunc("POST /v1/leave", func(w http.ResponseWriter, r *http.Request) {
		err := s.engine.Leave(r.Context())
		answer(w, map[string]any{}, err)
	})
	mux.HandleFunc("POST /v1/quit", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{}, nil)
		s.quit()
	})
	return mux
}

func (s *Server) join(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Link       string `json:"link"`
		Password   string `json:"password"`
		LeaveOther bool   `json:"leave_other"`
	}
	if !read(w, r, &body) {
		return
	}
	s.Greet(body.Link)
	room, err := s.engine.Join(r.Context(), body.Link, body.Password, body.LeaveOther)
	answer(w, room, err)
}

func (s *Server) play(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Game string `json:"game"`
		Host *bool  `json:"host"`
		Mode string `json:"mode"`
	}
	if !read(w, r, &body) {
		return
	}
	var play session.Play
	var err error
	switch body.Mode {
	case "", session.ModeProxy:
		play, err = s.engine.Start(body.Game, body.Host)
	case session.ModeTUN:
		play, err = s.engine.StartTUN(body.Game, body.Host)
	default:
		err = errors.New("the modes are proxy and tun; a space is made by the command line")
	}
	answer(w, play, err)
}

// learned keeps what was seen of a game as a profile of the user's own.
func (s *Server) learned(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	if !read(w, r, &body) {
		return
	}
	profile, err := s.engine.Learned(body.ID, body.Name)
	answer(w, profile, err)
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		refuse(w, http.StatusUnprocessableEntity, "request.invalid", err.Error())
		return false
	}
	return true
}

// answer writes the value, or what the error says.
func answer(w http.ResponseWriter, value any, err error) {
	var problem *api.Problem
	switch {
	case errors.As(err, &problem):
		refuse(w, problem.Status, problem.Code, problem.Error())
	case errors.Is(err, session.ErrNoRoom):
		refuse(w, http.StatusConflict, "companion.no_room", err.Error())
	case err != nil:
		refuse(w, http.StatusUnprocessableEntity, "companion.refused", err.Error())
	default:
		write(w, http.StatusOK, value)
	}
}

func refuse(w http.ResponseWriter, status int, code, detail string) {
	write(w, status, map[string]any{"status": status, "code": code, "title": http.StatusText(status), "detail": detail})
}

func write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the caller has gone
}

// Call asks the companion that runs in the folder. ErrNotRunning when there is none.
func Call(ctx context.Context, folder config.Folder, method, path string, body, into any) error {
	var place Place
	if err := config.ReadJSON(folder.File(placeFile), &place); err != nil {
		return ErrNotRunning
	}
	return place.call(ctx, method, path, body, into)
}

// ErrNotRunning is for commands that need a running companion.
var ErrNotRunning = errors.New("the companion is not running: netherlink-companion join LINK")
