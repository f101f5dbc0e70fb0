using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GifShare.Accounts;
using Microsoft.AspNetCore.Authorization;

namespace GifShare.ApiFrontend;

/// <summary>
/// How an endpoint takes part in <c>Idempotency-Key</c> (api.md). Any POST that needs sign-in may come with one; the middleware below
/// has claimed it by the time the endpoint runs. The endpoint wraps its one grain call and maps what it gets:
/// <code>
/// var result = await Idempotent.Run(context, GifShareJson.Default.ResultShareLink, ticket => grain.CreateLink(user.Id, body, ticket));
/// return result.Succeeded(out var link, out var error) ? TypedResults.Created(…, link) : error.ToProblem(context);
/// </code>
/// The first time the effect runs with a ticket (null where no key was sent), and the grain stores its <c>Result&lt;T&gt;</c> in its own
/// transaction. A repeated request gets that stored result from <c>Run</c> and the same mapping makes the same answer. Refusals
/// that went through <see cref="Problems.ToProblem"/> (with the context!) or an exception are recorded by the middleware.
/// Work before <c>Run</c> must be free of effects.
/// </summary>
public static class Idempotent
{
    public static async Task<Result<T>> Run<T>(HttpContext context, JsonTypeInfo<Result<T>> type, Func<IdempotencyTicket?, Task<Result<T>>> effect)
    {
        if (context.Features.Get<IdempotentRequest>() is not { } request)
            return await effect(null);
        return request.Answer is { } answer ? JsonSerializer.Deserialize(answer.Span, type)! : await effect(request.Ticket);
    }

    /// <summary>
    /// For uploads, whose bytes nobody has seen before the endpoint: <paramref name="requestHash"/> says which request this is
    /// (fields and file hash, without multipart boundaries).
    /// </summary>
    public static async Task<Result<T>> Run<T>(
        HttpContext context, string requestHash, JsonTypeInfo<Result<T>> type, Func<IdempotencyTicket?, Task<Result<T>>> effect)
    {
        if (context.Features.Get<IdempotentRequest>() is { } request && await request.Begin(context, requestHash) is { } refusal)
            return refusal;
        return await Run(context, type, effect);
    }
}

/// <summary>The claim on an Idempotency-Key that a request holds.</summary>
public sealed class IdempotentRequest(IUserGrain user, UserId id, string scope)
{
    private Error? refused;

    /// <summary>Set once the key is claimed.</summary>
    public IdempotencyTicket? Ticket { get; private set; }

    /// <summary>The stored <c>Result&lt;T&gt;</c> of the first time.</summary>
    public ReadOnlyMemory<byte>? Answer { get; private set; }

    private bool IsOurs { get; set; }

    /// <summary>Remembers how the request was refused; the last one counts.</summary>
    public void Refused(Error error) => refused = error;

    /// <summary>Claims the key. The answer is a refusal to send at once, or null to go on.</summary>
    public async Task<Error?> Begin(HttpContext context, string requestHash)
    {
        var ticket = new IdempotencyTicket(id, scope, requestHash);
        var start = await user.BeginIdempotent(ticket);
        switch (start.State)
        {
            case IdempotencyState.OtherRequest:
                return Error.Conflict("This Idempotency-Key was used with another request.");
            case IdempotencyState.Running:
                return new(ErrorCode.Conflict, "The first request with this Idempotency-Key is still running.", null, 1);
            case IdempotencyState.Replay:
                context.Response.Headers["Idempotency-Replayed"] = "true";
                if (start.IsRefusal)
                    return JsonSerializer.Deserialize(start.Answer.Span, GifShareJson.Default.Result)!.Error;
                Answer = start.Answer;
                return null;
            default:
                Ticket = ticket;
                IsOurs = true;
                return null;
        }
    }

    /// <summary>Leaves the claim as it is: nobody knows how the request ended.</summary>
    public void Abandon() => IsOurs = false;

    /// <summary>Ends the claim; a refusal that would be the same the next time is kept with it.</summary>
    public async Task End()
    {
        if (!IsOurs)
            return;
        IsOurs = false;
        var kept = refused is { } error && Problems.StatusOf(error.Code) is >= 400 and < 500 and not (401 or 408 or 413 or 429)
            ? new ReadOnlyBytes(JsonSerializer.SerializeToUtf8Bytes(new Result(error), GifShareJson.Default.Result))
            : null;
        try
        {
            await user.EndIdempotent(Ticket!, kept);
        }
        catch (Exception e) when (e is GrainFaultedException || GrainFaultedException.IsUnavailable(e))
        {
            // What happened has happened and is answered; an unended claim frees itself after a minute.
        }
    }
}

/// <summary>Claims the key of a POST before its endpoint runs and ends the claim after it.</summary>
public sealed class IdempotencyKeys(RequestDelegate next, IGrainFactory grains, MasterKey master)
{
    // Bodies may hold passwords, and a plain hash of one that is kept for a day could be guessed much faster than the password's own.
    private readonly byte[] bodyKey = master.Derive("gifshare/idempotency-body/v1");

    private const string Header = "Idempotency-Key";

    public Task Invoke(HttpContext context) =>
        context.Request.Headers.ContainsKey(Header) && HttpMethods.IsPost(context.Request.Method)
        && context.Features.Get<CurrentUser>() is { } user
        && context.GetEndpoint()?.Metadata is { } metadata && metadata.GetMetadata<IAllowAnonymous>() is null && metadata.GetMetadata<SignInRequired>() is not null
            ? WithKey(context, user, metadata)
            : next(context);

    private async Task WithKey(HttpContext context, CurrentUser user, EndpointMetadataCollection metadata)
    {
        if (context.Request.Headers[Header] is not [{ Length: > 0 and <= 128 } key] || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            await context.WriteProblem(Error.Invalid(Header, "1 to 128 visible ASCII characters are expected."));
            return;
        }

        var scope = Hash(Encoding.UTF8.GetBytes($"POST\n{context.Request.Path.Value}\n{key}"));
        var request = new IdempotentRequest(grains.User(user.Id), user.Id, scope);
        if (metadata.GetMetadata<UploadMetadata>()?.Matches(context.Request) != true
            && await request.Begin(context, BodyHash(context.Request)) is { } refusal)
        {
            await context.WriteProblem(refusal);
            return;
        }

        context.Features.Set(request);
        // Before the first byte of the answer goes out, so that whoever has the answer finds it again.
        context.Response.OnStarting(request.End);
        try
        {
            await next(context);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // The effect may still come: the claim frees itself after a minute.
            request.Abandon();
            throw;
        }
    }

    private string BodyHash(HttpRequest request) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(bodyKey, request.Body is MemoryStream body && body.TryGetBuffer(out var bytes) ? bytes.AsSpan() : []));

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
