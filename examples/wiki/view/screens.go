package view

import (
	"html/template"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/page"
)

// Frame is what every screen has around it.
type Frame struct {
	Title  string   // of the window
	Here   string   // which entry of the navigation is this screen: "recent", "pages", "users", "devices", "password", "factor" or ""
	Viewer string   // who is signed in; "": nobody
	Admin  bool     // they look after accounts
	Login  string   // the address of the login page, which leads back here
	SignUp string   // the same for sign-up
	Notes  []string // what was just done

	// Unknown says that it cannot be found out at present who is signed in.
	Unknown bool
}

// Link is a page's name and where it is.
type Link struct{ Name, Href string }

// Change is one revision in a list.
type Change struct {
	Page    Link
	Number  int
	Author  string
	Time    time.Time
	Note    string
	Reverts int
	Removed bool
	Href    string // of the page as it was then
	Compare string // of what this revision changed
}

// Tabs are the addresses of one page's views; Current names the one shown.
type Tabs struct {
	Name, Read, Edit, History, Files string
	Current                          string
}

// Article is a page to read.
type Article struct {
	Frame
	Tabs   Tabs
	Body   template.HTML
	Latest Change
	// Old is set where this is not the page as it is now.
	Old *Old
}

// Old is the notice above an old revision.
type Old struct {
	Change  Change
	Compare string // with the page as it is now
	Revert  Revert
}

// Revert is the form that brings a revision back.
type Revert struct {
	Action   string
	To, Base int
}

// Files lists what is attached to a page.
type Files struct {
	Frame
	Tabs    Tabs
	Action  string // address of the form
	Files   []File
	Problem string // with a file that was sent
	Largest string // how large a file may be
}

// File is one of them.
type File struct {
	Name, Href, Size, Author string
	Time                     time.Time
}

// Missing is the answer for a page that is not there.
type Missing struct {
	Frame
	Tabs    Tabs
	Removed *Change // the revision that removed it; nil: it never was
}

// Editor is the form for a page's text, with a preview or the conflict above it.
type Editor struct {
	Frame
	Tabs     Tabs
	Action   string
	New      bool
	Base     int
	Text     string
	Note     string
	Problem  string // what has to be put right before it can be saved
	SignIn   bool   // the problem is that the login has ended
	Preview  template.HTML
	Previews bool
	Conflict *Conflict
}

// Conflict shows that somebody else saved meanwhile.
type Conflict struct {
	Theirs     Change
	TheirText  string
	YourText   string
	Merged     bool        // the form holds both changes
	Difference []page.Hunk // from theirs to yours
}

// History lists a page's revisions.
type History struct {
	Frame
	Tabs    Tabs
	Compare string // address of the form
	Entries []Entry
}

// Entry is a revision that can be chosen for comparison and brought back.
type Entry struct {
	Change
	From, To bool // chosen at first
	Current  bool
	Revert   Revert
}

// Difference is what differs between two revisions.
type Difference struct {
	Frame
	Tabs   Tabs
	From   Change
	To     Change
	Hunks  []page.Hunk
	Older  string // the comparison before this one; "": none
	Newer  string
	Revert *Revert // brings From back; nil: it is the page as it is now
}

// Recent lists what changed, by day.
type Recent struct {
	Frame
	Days []Day
}

// Day is one day's changes.
type Day struct {
	Date    time.Time
	Changes []Change
}

// Pages lists all pages, by initial.
type Pages struct {
	Frame
	Groups []Group
	Count  int
	Name   string // what was typed into the form for a new page
	Wrong  string // why that is no title
}

// Group is the pages with one initial.
type Group struct {
	Initial string
	Changes []Change
}

// Account is the form to sign in, out or up.
type Account struct {
	Frame
	Form          string // "login", "logout" or "signup"
	Action        string
	Name          string
	Next          string
	Problem       string
	NameWrong     bool
	PasswordWrong bool
	Minimum       int    // how long a new password has to be; 0: it is not a new one
	Autocomplete  string // what a password manager may do with the password
	Other         string // the address of the other form
	Keep          bool   // whoever fills it in asks to be kept signed in
	Again         bool   // the viewer is to prove once more who they are
	Everywhere    bool   // there is a button to sign out on all devices
}

// Code is the second step of signing in.
type Code struct {
	Frame
	Action  string
	Next    string
	Problem string
	Keep    bool   // was asked for at the first step
	Begin   string // the address of the first step
	Done    bool   // a recovery code was taken
	Left    int    // how many there are still
	Factor  string // where to get others
}

// Reset is the form behind a link by which to choose another password.
type Reset struct {
	Frame
	Action        string
	Token, Name   string
	Problem       string
	PasswordWrong bool
	Minimum       int
	Done          bool
}

// Password is the form by which somebody chooses another password.
type Password struct {
	Frame
	Action                      string
	Name                        string
	Problem                     string
	CurrentWrong, PasswordWrong bool
	Minimum                     int
	Done                        bool
	Next                        string
}

// Factor is where somebody looks after their second factor.
type Factor struct {
	Frame
	Action   string
	Has      bool
	Left     int           // recovery codes
	Key      string        // to be set up
	Picture  template.HTML // of it
	Problem  string
	Done     bool
	Recovery []string // new codes, shown this once
	Next     string
}

// Founder asks somebody whether they want to be the first administrator.
type Founder struct {
	Frame
	Action, Key string
}

// Users lists accounts.
type Users struct {
	Frame
	Action       string // address of the search
	Prefix       string // what their names begin with
	Users        []User
	First, Last  int // which of them these are, from 1
	Total        int
	Before, More string // the addresses of the lists next to this one; "": none
}

// User is one account in that list.
type User struct {
	Name     string
	Href     string
	Admin    bool
	Factor   bool
	Disabled bool
	Damaged  bool // its file cannot be read
	Created  time.Time
}

// UserAccount is one account, with what an administrator can do about it.
type UserAccount struct {
	Frame
	User    User
	Action  string
	List    string // address of all accounts
	Oneself bool   // it is the viewer's own, which others look after
	Left    int    // recovery codes
	Link    string // by which another password can be chosen, shown this once
}

// Devices lists where somebody is signed in.
type Devices struct {
	Frame
	Action   string // address of the forms
	Devices  []Device
	More     int  // how many there are beside those
	Others   bool // one of them is not the present one
	Unlisted bool // it is not known which there are

	// After what time without use a device is signed out: where its user asked to be kept
	// signed in, and where not.
	Idle, IdleUnkept time.Duration
}

// Device is one login.
type Device struct {
	Name    string
	Handle  string // the public name of its session
	Since   time.Time
	Seen    time.Time // last; only the day is certain
	Present bool      // the one that is looking
}

// Notice is a short answer: something is not there, or cannot be done.
type Notice struct {
	Frame
	Status  int
	Heading string
	Detail  string
	Back    Link // where to go on
}

func (Article) template() string     { return "article" }
func (Files) template() string       { return "files" }
func (Missing) template() string     { return "missing" }
func (Editor) template() string      { return "editor" }
func (History) template() string     { return "history" }
func (Difference) template() string  { return "difference" }
func (Recent) template() string      { return "recent" }
func (Pages) template() string       { return "pages" }
func (Account) template() string     { return "account" }
func (Devices) template() string     { return "devices" }
func (Code) template() string        { return "code" }
func (Reset) template() string       { return "reset" }
func (Password) template() string    { return "password" }
func (Factor) template() string      { return "factor" }
func (Founder) template() string     { return "founder" }
func (Users) template() string       { return "users" }
func (UserAccount) template() string { return "user" }
func (Notice) template() string      { return "notice" }
