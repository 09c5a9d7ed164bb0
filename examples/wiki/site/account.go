package site

import (
	"fmt"
	"io"
	"net/http"

	"github.com/surcoat/surcoat/examples/wiki/view"
	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/session"
)

// form puts package auth's forms into the wiki's layout.
func (s *site) form(w io.Writer, r *http.Request, f auth.Form) error {
	screen, err := s.formScreen(r, f)
	if err != nil {
		return err
	}
	return s.views.Render(w, screen)
}

func (s *site) formScreen(r *http.Request, f auth.Form) (view.Screen, error) {
	frame := func(title, here string) view.Frame {
		return view.Frame{
			Title: title, Here: here, Login: f.LoginURL, SignUp: f.SignUpURL,
			Viewer: viewer(r), Admin: admin(r), Unknown: unknown(r),
		}
	}
	action, wrong := s.at(r.URL.EscapedPath()), f.Problem != "" && !f.Done
	switch f.Kind {
	case auth.LoginForm, auth.SignUpForm, auth.LogoutForm:
		return s.entry(r, f, frame), nil
	case auth.CodeForm:
		title := "Second step"
		if f.Done {
			title = "Signed in"
		}
		return view.Code{
			Frame: frame(title, ""), Action: action, Next: f.Next, Problem: f.Problem, Begin: f.LoginURL,
			Keep: keeps(r) || r.Method != http.MethodPost && asked(r), Done: f.Done, Left: f.RecoveryCodes, Factor: f.FactorURL,
		}, nil
	case auth.ResetForm:
		return view.Reset{
			Frame: frame("Choose another password", ""), Action: action, Token: f.Token, Name: f.Name, Problem: f.Problem,
			PasswordWrong: wrong, Minimum: f.Minimum, Done: f.Done,
		}, nil
	case auth.PasswordForm:
		return view.Password{
			Frame: frame("Your password", "password"), Action: action, Name: f.Name, Problem: f.Problem,
			CurrentWrong: wrong && f.Field != "password", PasswordWrong: wrong && f.Field == "password",
			Minimum: f.Minimum, Done: f.Done, Next: f.Next,
		}, nil
	case auth.FactorForm:
		return view.Factor{
			Frame: frame("Your second factor", "factor"), Action: action, Has: f.HasFactor, Left: f.RecoveryCodes,
			Key: f.Key, Picture: f.Picture, Problem: f.Problem, Done: f.Done, Recovery: f.NewRecovery, Next: f.Next,
		}, nil
	}
	return nil, fmt.Errorf("site: there is no screen for the form %q", f.Kind)
}

// entry is the form to sign in, up or out.
func (s *site) entry(r *http.Request, f auth.Form, frame func(title, here string) view.Frame) view.Account {
	a := view.Account{
		Form: string(f.Kind), Action: s.at(r.URL.EscapedPath()), Name: f.Name, Next: f.Next, Problem: f.Problem,
		NameWrong:     f.Problem != "" && f.Field != "password",
		PasswordWrong: f.Problem != "" && f.Field != "name",
		Autocomplete:  "current-password", Other: f.SignUpURL, Keep: keeps(r), Everywhere: f.AskEverywhere,
	}
	heading := "Sign in"
	switch f.Kind {
	case auth.LogoutForm:
		heading = "Sign out"
	case auth.SignUpForm:
		heading, a.Minimum, a.Autocomplete, a.Other = "Join", f.Minimum, "new-password", f.LoginURL
	default:
		// Whoever is signed in was sent here by a page that wants them to prove it anew, and
		// stays signed in for as long as they were.
		if name := viewer(r); name != "" && f.Next != s.home() {
			heading, a.Again = "Sign in again", true
			if r.Method != http.MethodPost {
				a.Name, a.Keep = name, session.From(r.Context()).Options().MaxAge > 0
			}
		}
	}
	a.Frame = frame(heading, "")
	return a
}
