package auth

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"

	"github.com/surcoat/surcoat/internal/errpage"
)

// A page is forms/layout.html with the "title" and the "form" of the file that is named like
// its kind.
//
//go:embed forms
var forms embed.FS

//go:embed forms/style.css
var style string

// builtinPolicy lets the page use its own style, the site's icon and a picture that is in the
// page, and post to its own site, nothing else.
var builtinPolicy = "default-src 'none'; img-src 'self' data:; style-src " + errpage.StyleSource(style) +
	"; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

var builtin = func() map[FormKind]*template.Template {
	layout := template.Must(template.New("layout.html").
		Funcs(template.FuncMap{
			"style": func() template.CSS { return template.CSS(style) },
			"app":   func(uri string) template.URL { return template.URL(uri) }, // otpauth:, of package totp
		}).
		ParseFS(forms, "forms/layout.html"))
	pages := make(map[FormKind]*template.Template)
	for _, kind := range []FormKind{
		LoginForm, LogoutForm, SignUpForm, CodeForm, ForgotForm, ResetForm, ConfirmForm, EmailForm, PasswordForm, FactorForm, TokensForm,
	} {
		pages[kind] = template.Must(template.Must(layout.Clone()).ParseFS(forms, "forms/"+string(kind)+".html"))
	}
	return pages
}()

func renderBuiltin(w io.Writer, _ *http.Request, f Form) error {
	page, ok := builtin[f.Kind]
	if !ok {
		return fmt.Errorf("no page for forms of kind %q", f.Kind)
	}
	return page.Execute(w, f)
}
