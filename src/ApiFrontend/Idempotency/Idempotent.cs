using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GifShare.Accounts;
using Microsoft.AspNetCore.Authorization;

namespace GifShare.ApiFrontend.Idempotency;

/// <summary>
/// How an endpoint takes part in <c>Idempotency-Key</c> (api.md). Any POST that needs sign-in may come with one. The endpoint wraps its one grain
/// call and maps what it gets:
/// <code>
/// var result = await Idempotent.Run(context, GifShareJson.Default.ResultShareLink, ticket => grain.CreateLink(user.Id, body, ticket));
/// return result.Succeeded(out var link, out var error) ? TypedResults.Created(…, link) : error.ToProblem(context);
/// </code>
/// The grain stores its <c>Result&lt;T&gt;</c> with the ticket (null where no key was sent) in the transaction of its effect. That unique row is all there is: a
/// repeat gets the stored result from <c>Run</c>, and the same mapping makes the same answer. Of two at the same time the second waits for the
/// first one's row, is undone, and gets that result as well. A refusal is decided anew. Work before <c>Run</c> must be free of effects.
/// </summary>
public static class Idempotent
{
    public static async Task<Result<T>> Run<T>(HttpContext context, JsonTypeInfo<Result<T>> type, Func<IdempotencyTicket?, Task<Result<T>>> effect)
    {
        if (context.Features.Get<IdempotentRequest>() is not { } request)
            return await effect(null);
        if (request.Answer is { } known)
            return JsonSerializer.Deserialize(known.Span, type)!;
        try
        {
            var result = await effect(request.Ticket);
            // What refuses it may be the effect of the same request, sent twice.
            return result.Error is null ? result : await Found() ?? result;
        }
        catch (Exception e) when (GrainFaultedException.IsUnavailable(e))
        {
            if (await Found() is { } done)
                return done;
            throw;
        }

        async Task<Result<T>?> Found()
        {
            try
            {
                return await request.Find(context, request.Ticket!.RequestHash) is { } refusal ? refusal
                    : request.Answer is { } answer ? JsonSerializer.Deserialize(answer.Span, type)
                    : null;
            }
            catch (Exception e) when (GrainFaultedException.IsUnavailable(e))
            {
                return null;
            }
        }
    }

    /// <summary>
    /// For uploads, whose bytes nobody has seen before the endpoint: <paramref name="requestHash"/> says which request this is
    /// (fields and file hash, without multipart boundaries).
    /// </summary>
    public static async Task<Result<T>> Run<T>(
        HttpContext context, string requestHash, JsonTypeInfo<Result<T>> type, Func<IdempotencyTicket?, Task<Result<T>>> effect)
    {
        if (context.Features.Get<IdempotentRequest>() is { } request && await request.Find(context, requestHash) is { } refusal)
            return refusal;
        return await Run(context, type, effect);
    }
}

/// <summary>A request with an Idempotency-Key.</summary>
/// <param name="user">The account's grain.</param>
/// <param name="id">The account.</param>
/// <param name="scope">User, path and key, hashed.</param>
public sealed class IdempotentRequest(IUserGrain user, UserId id, string scope)
{
    /// <summary>Goes with the effect; set once it is known which request this is.</summary>
    public IdempotencyTicket? Ticket { get; private set; }

    /// <summary>The stored <c>Result&lt;T&gt;</c> of the first time.</summary>
    public ReadOnlyMemory<byte>? Answer { get; private set; }

    /// <summary>Looks for what was done with the key. The answer is a refusal to send at once, or null to go on.</summary>
    public async Task<Error?> Find(HttpContext context, string requestHash)
    {
        Ticket = new(id, scope, requestHash);
        var found = await user.FindAnswer(Ticket);
        if (found.State == IdempotencyState.OtherRequest)
            return Error.Conflict("This Idempotency-Key was used with another request.");
        if (found.State == IdempotencyState.Done)
        {
            context.Response.Headers["Idempotency-Replayed"] = "true";
            Answer = found.Answer;
        }

        return null;
    }
}

/// <summary>Looks for the key of a POST before its endpoint runs.</summary>
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
            && await request.Find(context, BodyHash(context.Request)) is { } refusal)
        {
            await context.WriteProblem(refusal);
            return;
        }

        context.Features.Set(request);
        await next(context);
    }

    private string BodyHash(HttpRequest request) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(bodyKey, request.Body is MemoryStream body && body.TryGetBuffer(out var bytes) ? bytes.AsSpan() : []));

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
