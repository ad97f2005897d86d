import { NotFoundError } from '@relay/sdk';
import { emails } from '../../emails.ts';

interface Context {
  readonly params: Promise<{ readonly id: string }>;
}

export async function GET(_request: Request, { params }: Context): Promise<Response> {
  const { id } = await params;
  try {
    const { state, result } = await emails.job(id);
    return Response.json({ state, result });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return Response.json({ error: error.message }, { status: 404 });
  }
}
