/** Every error on A, B and D; `success` on document D's own endpoints only. */
export interface ErrorBody {
  error: string;
  message: string;
  status: number;
  details: Record<string, unknown>;
  success?: false;
}
