"""PrixFixe: its catalogs as our menus, its suites as conversations, its measures as figures."""
