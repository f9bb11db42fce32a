// Package providers simulates those who know things about a person: real HTTP
// servers with the manners of real sites, for tests and demonstrations. What
// they serve follows from a seed and a clock alone, about a made-up
// [Household], and their faults come on demand. All of it is fiction: phone
// numbers come from the ranges kept for that (ARCEP, ComReg, Ofcom), the bank and
// the operator do not exist.
package providers
