package agencies

import "slices"

// Role is what an officer is in the agency (บทบาท).
type Role string

// The roles.
const (
	RoleViewer  Role = "viewer"  // reads, changes nothing
	RoleOfficer Role = "officer" // works on cases and decides them
	RoleCashier Role = "cashier" // takes money and issues receipts
	RoleDPO     Role = "dpo"     // looks after the protection of personal data (PDPA s. 41)
	RoleHead    Role = "head"    // also steps in where one officer alone may not
)

// Permission is leave to do one kind of thing.
type Permission string

// The permissions.
const (
	ReadTickets   Permission = "read"   // see the inbox, cases and documents
	WorkTickets   Permission = "work"   // take, move, answer, note, ask for documents
	DecideTickets Permission = "decide" // record the formal result
	// LeadTickets is to give back what another officer has taken and to ask for documents a second
	// time (LFA-8.2).
	LeadTickets Permission = "lead"
	// TakeMoney is to say that a fee was paid or need not be, and to issue and cancel receipts.
	TakeMoney Permission = "money"
	// ManageAgency is to set up the agency's channels and officers.
	ManageAgency Permission = "manage"
	// KeepBreaches is to read and lead the register of breaches of personal data (PDP-6). To report one is everybody's.
	KeepBreaches Permission = "breaches"
)

// granted is who may do what: the whole law of access, for an auditor to read.
var granted = map[Role][]Permission{
	RoleViewer:  {ReadTickets},
	RoleOfficer: {ReadTickets, WorkTickets, DecideTickets},
	RoleCashier: {ReadTickets, TakeMoney},
	RoleDPO:     {ReadTickets, KeepBreaches},
	RoleHead:    {ReadTickets, WorkTickets, DecideTickets, LeadTickets, TakeMoney, ManageAgency, KeepBreaches},
}

// Roles lists every role, the least first.
func Roles() []Role { return []Role{RoleViewer, RoleOfficer, RoleCashier, RoleDPO, RoleHead} }

// Permissions lists every permission.
func Permissions() []Permission {
	return []Permission{ReadTickets, WorkTickets, DecideTickets, LeadTickets, TakeMoney, ManageAgency, KeepBreaches}
}

// Can says whether the role has the permission.
func (r Role) Can(p Permission) bool { return slices.Contains(granted[r], p) }

// Known says whether there is such a role.
func (r Role) Known() bool { return len(granted[r]) > 0 }

// Thai is the role as people read it.
func (r Role) Thai() string {
	switch r {
	case RoleViewer:
		return "ผู้ดูข้อมูล"
	case RoleOfficer:
		return "เจ้าหน้าที่"
	case RoleCashier:
		return "เจ้าหน้าที่การเงิน"
	case RoleDPO:
		return "เจ้าหน้าที่คุ้มครองข้อมูล (DPO)"
	case RoleHead:
		return "หัวหน้างาน"
	default:
		return string(r)
	}
}
