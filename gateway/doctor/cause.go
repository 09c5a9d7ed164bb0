package doctor

// Cause is a kind of finding.
type Cause string

// Causes of the file and the way to it.
const (
	FileMissing    Cause = "file-missing"
	NotAFile       Cause = "not-a-file"
	FolderClosed   Cause = "folder-closed"
	NotReadable    Cause = "not-readable"
	NotExecutable  Cause = "not-executable"
	MountedNoexec  Cause = "mounted-noexec"
	AccessDenied   Cause = "access-denied" // by something else than modes
	SetuidIgnored  Cause = "setuid-ignored"
	SuexecRefuses  Cause = "suexec-refuses"
	SELinuxLabel   Cause = "selinux-label"
	AppArmorActive Cause = "apparmor-profile"
	PrivateTmp     Cause = "private-tmp"
)

// Causes of the program's first bytes, and of what runs it.
const (
	EmptyFile              Cause = "empty-file"
	CRLF                   Cause = "crlf"
	CRLFWithEnv            Cause = "crlf-with-env"
	CRLFInBody             Cause = "crlf-in-body"
	ByteOrderMark          Cause = "byte-order-mark"
	UTF16                  Cause = "utf-16"
	TextBeforeShebang      Cause = "text-before-shebang"
	NoShebang              Cause = "no-shebang"
	LineTooLong            Cause = "line-too-long"
	NoInterpreter          Cause = "no-interpreter-named"
	RelativeInterpreter    Cause = "relative-interpreter"
	InterpreterMissing     Cause = "interpreter-missing"
	InterpreterNotRunnable Cause = "interpreter-not-runnable"
	InterpreterChain       Cause = "interpreter-chain"
	NotInPath              Cause = "not-in-path"
	EnvNeedsSplit          Cause = "env-needs-split"
	OneArgument            Cause = "one-argument"
	OtherArchitecture      Cause = "other-architecture"
	DynamicLoaderMissing   Cause = "loader-missing"
	SharedLibraryMissing   Cause = "library-missing"
	ProgramDamaged         Cause = "program-damaged"
)

// Causes of the server's configuration.
const (
	NotToldCGI    Cause = "not-told-cgi"
	NoCGIModule   Cause = "no-cgi-module"
	NoCGIInServer Cause = "no-cgi-in-server"
	Intercepted   Cause = "intercepted"
	NotServed     Cause = "not-served"
	AccessRule    Cause = "access-rule"
)

// Causes that show when the program runs, or is fetched through the server.
const (
	CannotStart       Cause = "cannot-start"
	Failed            Cause = "failed" // a traceback, or a message of that kind
	NoOutput          Cause = "no-output"
	BodyFirst         Cause = "body-first"
	NoBlankLine       Cause = "no-blank-line"
	InvalidStatus     Cause = "invalid-status"
	InvalidHeader     Cause = "invalid-header"
	NoContentType     Cause = "no-content-type"
	ExitStatus        Cause = "exit-status"
	Killed            Cause = "killed"
	TimedOut          Cause = "timed-out"
	OutputHeld        Cause = "output-held"
	AnswersError      Cause = "answers-error"
	SourceReturned    Cause = "source-returned"
	Forbidden         Cause = "forbidden"
	NotFound          Cause = "not-found"
	ServerError       Cause = "server-error"
	OtherContent      Cause = "other-content"
	WrongContentType  Cause = "wrong-content-type"
	Redirected        Cause = "redirected"
	ServerUnreachable Cause = "server-unreachable"
	LeftBehind        Cause = "left-behind"
)
