/** The part of swagger-ui-dist that this page uses; the package brings no types. */
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  interface SwaggerRequest {
    method: string
    url: string
    headers: Record<string, string>
  }
  export default function SwaggerUI(options: {
    url: string
    dom_id: string
    deepLinking: boolean
    validatorUrl: null
    requestInterceptor(request: SwaggerRequest): SwaggerRequest
  }): unknown
}
