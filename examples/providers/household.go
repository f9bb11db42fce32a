package providers

// A Household is who the providers know. Every provider tells of the same one,
// so that what they say can be crossed.
type Household struct {
	Name     string
	People   []Person
	Street   string
	Postcode string
	City     string
	IBAN     string // of the joint account, without spaces
	Circle   []Contact
}

// masked returns the account as letters show it: "FR76 **** 0776".
func (h Household) masked() string { return h.IBAN[:4] + " **** " + h.IBAN[len(h.IBAN)-4:] }

// A Person is a member of a household.
type Person struct {
	First, Last string
	Email       string
	Mobile      string // as France writes it: "06 39 98 12 07"
}

// Name returns the full name.
func (p Person) Name() string { return p.First + " " + p.Last }

// A Contact is someone the household calls, or is called by.
type Contact struct {
	Name    string
	Phone   string
	Country string // ISO 3166-1 alpha-2
}

// Family returns the household of the demonstrations.
func Family() Household {
	return Household{
		Name: "Le Goff-Benali",
		People: []Person{
			{"Élodie", "Le Goff", "elodie.legoff@exemple.example", "06 39 98 12 07"},
			{"Karim", "Benali", "karim.benali@exemple.example", "06 39 98 45 33"},
		},
		Street: "14 rue des Glycines", Postcode: "35000", City: "Rennes",
		IBAN: "FR7699999000350000482190776",
		Circle: []Contact{
			{"Maman", "02 61 91 20 14", "FR"},
			{"Papi Yvon", "02 61 91 58 02", "FR"},
			{"Samira", "06 39 98 70 61", "FR"},
			{"Julien (bureau)", "01 99 00 31 77", "FR"},
			{"École Jean-Rostand", "02 61 91 44 90", "FR"},
			{"Cabinet du Dr Morvan", "02 61 91 07 25", "FR"},
			{"Garage des Lices", "02 61 91 63 38", "FR"},
			{"Nadia", "06 39 98 03 84", "FR"},
			{"Thomas", "06 39 98 91 16", "FR"},
			{"Covoiturage", "06 39 98 26 49", "FR"},
			{"Tante Siobhán", "+353 20 915 0018", "IE"},
			{"Cousin Liam", "+44 7700 900127", "GB"},
		},
	}
}
