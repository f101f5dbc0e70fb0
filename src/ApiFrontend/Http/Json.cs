using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Json;

namespace GifShare.ApiFrontend.Http;

/// <summary>The JSON of requests and answers: the strict rules of <see cref="GifShareJson"/> for whatever an endpoint binds or returns.</summary>
public static class Json
{
    public static IServiceCollection AddStrictJson(this IServiceCollection services)
    {
        services.Configure<JsonOptions>(static options => Configure(options.SerializerOptions));
        // Every failed binding becomes an exception, and Faults makes a problem of it that names the member.
        services.Configure<RouteHandlerOptions>(static options => options.ThrowOnBadRequest = true);
        return services;
    }

    private static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = 16;
        // ASP.NET's own choice leaves < and > as they are; escaped, no text becomes markup in whatever shows an answer.
        options.Encoder = JavaScriptEncoder.Default;
        options.Converters.Add(new UtcMillisecondsConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.TypeInfoResolverChain.Insert(0, GifShareJson.Default);
    }
}
