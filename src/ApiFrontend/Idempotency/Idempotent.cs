using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GifShare.Accounts;
using Microsoft.AspNetCore.Authorization;

namespace GifShare.ApiFrontend.Idempotency;

/// <summary>
/// Idempotency of endpoints (<c>Idempotency-Key</c>, api.md). Any POST that requires sign-in may carry a key. The endpoint wraps its one grain
/// call and maps the result:
/// <code>
/// var result = await Idempotent.Run(context, GifShareJson.Default.ResultShareLink, ticket => grain.CreateLink(user.Id, body, ticket));
/// return result.Succeeded(out var link, out var error) ? TypedResults.Created(…, link) : error.ToProblem(context);
/// </code>
/// The grain stores the <c>Result&lt;T&gt;</c> with the ticket (null without a key) in the transaction of the effect, under a unique key. A retry gets
/// the stored result from <c>Run</c>, and the same mapping yields the same response. Of two concurrent requests the second waits for the first one's
/// row, rolls back, and gets that result too. Refusals are not stored. Work before <c>Run</c> must be free of side effects.
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
            // The refusal may be caused by the effect of the same request, sent twice.
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
    /// For uploads, whose bytes are read by the endpoint: <paramref name="requestHash"/> identifies the request
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
/// <param name="scope">Hash of user, path and key.</param>
public sealed class IdempotentRequest(IUserGrain user, UserId id, string scope)
{
    /// <summary>Stored with the effect; set once the request hash is known.</summary>
    public IdempotencyTicket? Ticket { get; private set; }

    /// <summary>The stored <c>Result&lt;T&gt;</c> of the first request.</summary>
    public ReadOnlyMemory<byte>? Answer { get; private set; }

    /// <summary>Looks up the result stored under the key. Returns a refusal to send at once, or null to continue.</summary>
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

/// <summary>Middleware that looks up a POST's key before the endpoint runs.</summary>
public sealed class IdempotencyKeys(RequestDelegate next, IGrainFactory grains, MasterKey master)
{
    // A keyed hash: bodies may contain passwords, and a plain hash stored for a day could be brute-forced faster than the password hash.
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
