using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace GifShare.ApiFrontend.Http;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and its explorer at <c>/docs</c>. A test verifies the document against the server.</summary>
public static class OpenApi
{
    private const string Bearer = "bearer";
    private const string Document = "v1";

    public static IServiceCollection AddGifShareOpenApi(this IServiceCollection services) => services.AddOpenApi(Document, static options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = static api => api.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true;
        options.CreateSchemaReferenceId = static info => OpenApiSchemas.IsInline(info.Type) ? null : OpenApiOptions.CreateDefaultSchemaReferenceId(info);
        options.AddSchemaTransformer(OpenApiSchemas.Transform);
        options.AddOperationTransformer(Describe);
        options.AddDocumentTransformer(Introduce);
    });

    public static void MapGifShareOpenApi(this WebApplication app)
    {
        // Cached: generating it walks every endpoint and type.
        Task<byte[]>? document = null;
        app.MapGet($"/openapi/{Document}.json", async () => TypedResults.Bytes(await (document ??= Make(app.Services)), "application/json")).ExcludeFromDescription();
    }

    /// <summary>Must come before routing: the explorer's files are not endpoints.</summary>
    public static void UseExplorer(this WebApplication app)
    {
        app.UseWhen(static context => context.Request.Path.StartsWithSegments("/docs"), static docs =>
        {
            docs.Use(static (context, next) =>
            {
                context.Response.Headers.ContentSecurityPolicy =
                    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";
                return next(context);
            });
            docs.UseSwaggerUI(static ui =>
            {
                ui.RoutePrefix = "docs";
                ui.DocumentTitle = "GifShare API";
                ui.SwaggerEndpoint("/openapi/v1.json", "GifShare v1");
            });
        });
    }

    private static async Task<byte[]> Make(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(Document).GetOpenApiDocumentAsync();
        return Encoding.UTF8.GetBytes(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1));
    }

    private static Task Introduce(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new()
        {
            Title = "GifShare",
            Version = Document,
            Description = "Errors are RFC 9457 problems with a stable `code`. Lists are pages: `{items, next}`. Bodies are strict: an unknown or repeated member is a 400.",
        };
        document.Servers = [new() { Url = context.ApplicationServices.GetRequiredService<PublicAddress>().Origin }];
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT" },
        };
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        OpenApiSchemas.OpenAnswers(document);
        document.Components.Schemas["Problem"] = OpenApiSchemas.Problem();
        return Task.CompletedTask;
    }

    private static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var isOpen = metadata.OfType<IAllowAnonymous>().Any();
        var method = context.Description.HttpMethod!;
        operation.Parameters ??= [];
        operation.Responses ??= [];
        if (!isOpen)
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
        if (method == HttpMethods.Post && !isOpen)
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = "Idempotency-Key",
                In = ParameterLocation.Header,
                Description = "The same key and body again within 24 hours: the first answer again.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 128, Pattern = "^[!-~]+$" },
            });
        if (metadata.OfType<PagedList>().FirstOrDefault() is { } list)
            AddPaging(operation, list);
        foreach (var read in metadata.OfType<Reads>())
            AddParameter(operation, read, context.Document!);
        foreach (var (status, text) in Problems(operation, method))
            operation.Responses.TryAdd(status, Problem(text, context.Document!));
        return Task.CompletedTask;
    }

    private static void AddParameter(OpenApiOperation operation, Reads read, OpenApiDocument document)
    {
        if (operation.Parameters!.All(p => p.Name != read.Name))
        {
            operation.Parameters!.Add(new OpenApiParameter
            {
                Name = read.Name,
                In = read.InQuery ? ParameterLocation.Query : ParameterLocation.Header,
                Description = read.Description,
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Enum = read.Choices is null ? null : [.. read.Choices.Select(static choice => (JsonNode)choice)],
                },
            });
        }

        if (read is { Status: { } status, StatusText: { } text })
            operation.Responses!.TryAdd(status, status[0] == '4' ? Problem(text, document) : new OpenApiResponse { Description = text });
    }

    private static void AddPaging(OpenApiOperation operation, PagedList list)
    {
        operation.Parameters!.Add(new OpenApiParameter
        {
            Name = "cursor",
            In = ParameterLocation.Query,
            Description = "`next` of the page before.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = "limit",
            In = ParameterLocation.Query,
            Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "100", Default = list.DefaultLimit },
        });
    }

    private static IEnumerable<(string Status, string Text)> Problems(OpenApiOperation operation, string method)
    {
        yield return ("400", "invalid_request: `errors` names the members.");
        yield return ("401", "unauthenticated: no, malformed, expired or revoked credentials.");
        yield return ("429", "rate_limited: wait for `Retry-After` seconds.");
        yield return ("503", "unavailable: something this needs is away; try again after `Retry-After` seconds.");
        if (operation.Parameters!.Any(static p => p.In == ParameterLocation.Path))
            yield return ("404", "not_found: missing, deleted or not visible.");
        if (method != HttpMethods.Get || (operation.Security is not null && operation.Parameters!.Any(static p => p.In == ParameterLocation.Path)))
            yield return ("403", "forbidden: the caller may see it, but not do this.");
        if (method != HttpMethods.Get)
            yield return ("413", "too_large");
        if (operation.RequestBody is not null)
            yield return ("408", "request_timeout: the body came too slowly.");
        if (operation.RequestBody is not null)
            yield return ("415", "unsupported_media");
        if (method != HttpMethods.Get)
            yield return ("409", "conflict");
    }

    private static OpenApiResponse Problem(string text, OpenApiDocument document) => new()
    {
        Description = text,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/problem+json"] = new OpenApiMediaType { Schema = new OpenApiSchemaReference("Problem", document) },
        },
    };
}
