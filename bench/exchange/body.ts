const people = Array.from({ length: 14 }, (_, id) => ({
  id,
  name: `Customer Number ${id}`,
  email: `customer-${id}@example.com`,
  ssn: `078-05-${1000 + id}`,
  plan: 'enterprise',
  note: 'renewed last year by telephone',
}));

/** Some 2 KB of structured JSON, with two fields in each record that the policy of the benches masks. */
export const body: Buffer = Buffer.from(JSON.stringify({ customers: people }));
