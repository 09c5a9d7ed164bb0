package relay

// Said is the error of an application that failed, with what it wrote to its standard error. In dev
// builds with a [cgitrace.Page] around, [Fail] shows that to the developer.
//
// [cgitrace.Page]: https://pkg.go.dev/github.com/surcoat/surcoat/middleware/cgitrace#Page
type Said struct {
	Err error
	// Status is how the program ended: "exit status 1". "": it has not, or that is not known.
	Status string
	// Stderr is the end of it. The log has it already, so that the error's text has not.
	Stderr string
	// Environ is what the program had, as in os.Environ: what is secret in that is masked in what
	// is shown. nil: this process's.
	Environ []string
	// Diagnose says more about the cause, for the developer, "" if it can say nothing. It is only
	// called where that is shown. nil: nothing more is known.
	Diagnose func() string
}

// Error implements error.
func (s *Said) Error() string { return s.Err.Error() }

// Unwrap returns Err.
func (s *Said) Unwrap() error { return s.Err }
