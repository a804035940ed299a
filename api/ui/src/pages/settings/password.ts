/** What the API asks of a password (api/auth/users.py); it has the last word. */

export const MIN_PASSWORD_CHARS = 12;

export function passwordFault(password: string): boolean {
  return password.length < MIN_PASSWORD_CHARS;
}
