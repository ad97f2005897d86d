import { emails } from '../emails.ts';

export async function POST(request: Request): Promise<Response> {
  const { to, name } = (await request.json()) as { to: string; name: string };
  const job = await emails.enqueue(
    'welcome',
    { to, name },
    // Whoever signs up twice within a day is welcomed once.
    { idempotencyKey: `welcome:${to}` },
  );
  return Response.json(
    { id: job.id },
    { status: 202, headers: { Location: `/signups/${job.id}` } },
  );
}
